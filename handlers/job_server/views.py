"""What customers are shown: the shapes of answers, and how they follow from the domain."""

from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from handlers.jobs.job_table import Page
from handlers.jobs.model import Job, JobEvent
from handlers.jobs.reasons import FailureCode, WaitReason
from handlers.jobs.states import EventKind, JobState
from handlers.jobs.templates import Template

from .ports import Link
from .service import RenderService, Waiting


class View(BaseModel):
    """Every answer: closed and unchangeable."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Links(View):
    """Where to go from here."""

    self: str
    events: str
    cancel: str


class AcceptedView(View):
    """A render that has been accepted; the same for every repetition of the request."""

    model_config = ConfigDict(title="Accepted")

    id: str
    state: Literal["queued"] = "queued"
    links: Links


class ProgressView(View):
    """How far the present attempt is."""

    percent: int = Field(ge=0, le=100)
    stage: str | None = None


class WaitingView(View):
    """Why the render waits, and since when."""

    code: WaitReason
    reason: str
    since: datetime


class OutputView(View):
    """The finished video and a link to it that works until `url_expires_at`."""

    url: str
    url_expires_at: datetime
    duration_s: float
    width: int
    height: int
    bytes: int


class FailureView(View):
    """Why the render, or its latest attempt, failed."""

    code: FailureCode
    detail: str


class RenderView(View):
    """A render as it stands."""

    model_config = ConfigDict(title="Render")

    id: str
    state: JobState
    fleet: str
    attempt: int = Field(description="The attempt it waits for, is in, or ended with.")
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    template: str | None = None
    webhook_url: str | None = None
    trace_id: str
    cancel_requested: bool = False
    waiting: WaitingView | None = None
    progress: ProgressView | None = None
    output: OutputView | None = None
    failure: FailureView | None = None
    links: Links


class RenderListView(View):
    """A part of your renders, newest first."""

    model_config = ConfigDict(title="RenderList")

    renders: list[RenderView]
    next_cursor: str | None = Field(default=None, description="Asks for the next part; absent at the end.")


class EventView(View):
    """One thing that happened to a render."""

    model_config = ConfigDict(title="Event")

    number: int
    at: datetime
    kind: EventKind
    actor: str
    detail: str
    trace_id: str


class EventListView(View):
    """Everything that happened to a render, in order."""

    model_config = ConfigDict(title="EventList")

    events: list[EventView]


class UploadView(View):
    """The one request that uploads the file; every header must go with it as given."""

    method: Literal["PUT"] = "PUT"
    url: str
    headers: dict[str, str]
    expires_at: datetime


class AssetView(View):
    """A name for a file, and where to put it."""

    model_config = ConfigDict(title="Asset")

    id: str
    upload: UploadView


class TemplateView(View):
    """A template and the JSON Schema of its fields."""

    model_config = ConfigDict(title="Template")

    name: str
    description: str
    fields: dict[str, object]


class TemplateListView(View):
    """The catalog."""

    model_config = ConfigDict(title="TemplateList")

    templates: list[TemplateView]


class HealthView(View):
    """The server is there."""

    model_config = ConfigDict(title="Health")

    status: Literal["ok"] = "ok"


def accepted(job_id: str) -> AcceptedView:
    """The answer to a submission."""
    return AcceptedView(id=job_id, links=links(job_id))


def render(job: Job, service: RenderService) -> RenderView:
    """A job as its owner sees it."""
    waiting, link = service.waiting(job), service.output_link(job)
    return RenderView(
        id=job.id,
        state=job.state,
        fleet=job.fleet,
        attempt=job.attempt,
        created_at=_time(job.created_at),
        updated_at=_time(job.updated_at),
        started_at=_maybe_time(job.started_at),
        finished_at=_maybe_time(job.finished_at),
        template=job.template,
        webhook_url=job.webhook_url,
        trace_id=job.trace_id,
        cancel_requested=job.cancel_requested,
        waiting=_waiting(waiting) if waiting else None,
        progress=ProgressView(percent=job.progress, stage=job.stage)
        if job.state is JobState.RENDERING
        else None,
        output=_output(job, link),
        failure=FailureView(code=job.failure.code, detail=job.failure.detail) if job.failure else None,
        links=links(job.id),
    )


def render_list(page: Page, service: RenderService) -> RenderListView:
    """A part of a list as its owner sees it."""
    return RenderListView(renders=[render(job, service) for job in page.jobs], next_cursor=page.cursor)


def event_list(events: list[JobEvent]) -> EventListView:
    """A job's history as its owner sees it."""
    return EventListView(
        events=[
            EventView(
                number=event.number,
                at=_time(event.at),
                kind=event.kind,
                actor=event.actor,
                detail=event.detail,
                trace_id=event.trace_id,
            )
            for event in events
        ]
    )


def asset(asset_id: str, link: Link) -> AssetView:
    """The answer to an announced upload."""
    upload = UploadView(url=link.url, headers=dict(link.headers), expires_at=_time(link.expires_at))
    return AssetView(id=asset_id, upload=upload)


def template(one: Template) -> TemplateView:
    """A catalog entry."""
    return TemplateView(name=one.name, description=one.description, fields=dict(one.fields))


def links(job_id: str) -> Links:
    """Where a job's own pages are."""
    here = f"/v1/renders/{job_id}"
    return Links(self=here, events=f"{here}/events", cancel=f"{here}/cancel")


def _waiting(waiting: Waiting) -> WaitingView:
    return WaitingView(code=waiting.code, reason=waiting.reason, since=_time(waiting.since))


def _output(job: Job, link: Link | None) -> OutputView | None:
    if link is None or job.output is None:
        return None
    return OutputView(
        url=link.url,
        url_expires_at=_time(link.expires_at),
        duration_s=job.output.duration,
        width=job.output.width,
        height=job.output.height,
        bytes=job.output.bytes,
    )


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _maybe_time(seconds: float | None) -> datetime | None:
    return None if seconds is None else _time(seconds)
