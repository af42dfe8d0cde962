"""The response bodies of the API."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from handlers.jobs.model import Priority
from handlers.jobs.outputs import VideoFormat
from handlers.jobs.reasons import FailureCode, WaitReason
from handlers.jobs.states import EventKind, JobState


class View(BaseModel):
    """Base of all responses: frozen, no extra fields, and every field is present, `null` without a value."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


def _open_set(known: type[StrEnum], of: str) -> WithJsonSchema:
    """A set of codes that grows: as a string, so that no generated type refuses a new one."""
    described = f"Code of {of}; others may be added, so treat one that you do not know as a plain text."
    return WithJsonSchema({"type": "string", "description": described, "x-extensible-enum": [*known]})


class Links(View):
    """Paths of related resources."""

    self: str
    events: str
    deliveries: str
    cancel: str


class AcceptedView(View):
    """A render that has been accepted; repeating the request returns the same one."""

    model_config = ConfigDict(title="Accepted")

    id: str
    state: Literal[JobState.QUEUED] = JobState.QUEUED
    trace_id: str = Field(description="Id under which logs mention this render; it follows from its id.")
    links: Links


class RemainingBasisView(View):
    """What `remaining_s` follows from: the attempt took `elapsed_s` for `percent`, and goes on as fast."""

    model_config = ConfigDict(title="RemainingBasis")

    percent: int = Field(ge=0, le=100)
    elapsed_s: float = Field(ge=0)


class ProgressView(View):
    """Progress of the current attempt."""

    percent: int = Field(ge=0, le=100)
    stage: str | None = None
    remaining_s: float | None = Field(
        default=None, ge=0, description="Seconds that the attempt still needs; null in lists and below 5 %."
    )
    remaining_basis: RemainingBasisView | None = None


class FleetWaitsView(View):
    """How long the latest 50 renders that the fleet started within an hour waited; half at most `p50_s`."""

    model_config = ConfigDict(title="FleetWaits")

    p50_s: float = Field(ge=0)
    p90_s: float = Field(ge=0)
    renders: int = Field(ge=1, description="How many renders these are.")


class WaitingView(View):
    """Why the render waits, and since when."""

    code: Annotated[WaitReason, _open_set(WaitReason, "a reason to wait")]
    reason: str
    since: datetime
    fleet_waits: FleetWaitsView | None = Field(
        default=None, description="Null when the fleet has started no render lately."
    )


class UsageView(View):
    """What the render has used until now."""

    model_config = ConfigDict(title="Usage")

    attempts: int = Field(ge=0, description="Attempts that a worker has begun.")
    machine_s: float = Field(ge=0, description="Seconds of a machine, of all attempts.")
    video_s: float = Field(ge=0, description="Seconds of video; 0 unless the render has succeeded.")


class PosterView(View):
    """A link to the picture of the video, which works until `url_expires_at`."""

    url: str
    url_expires_at: datetime


class OutputView(View):
    """The finished video and a link that works until `url_expires_at`, for an hour at most."""

    url: str
    url_expires_at: datetime
    duration_s: float
    width: int
    height: int
    bytes: int
    format: VideoFormat
    poster: PosterView | None = Field(
        default=None, description="The picture at `output.poster_at_s` of the submission, a JPEG."
    )


class WarningView(View):
    """Something that the submission asks for and will not get."""

    pointer: str = Field(description="JSON pointer into the request's body.")
    detail: str


class LengthView(View):
    """The length of the video of a submission that would be accepted, and what would not come as asked for.

    Null, and without warnings, where the fleet's engine has compositions of its own.
    """

    model_config = ConfigDict(title="Length")

    duration_s: float | None = None
    frames: int | None = None
    warnings: list[WarningView] = Field(default=[], description="At most 20; others may be added.")


class FailureView(View):
    """Why the render, or its latest attempt, failed."""

    code: Annotated[FailureCode, _open_set(FailureCode, "a failure")]
    detail: str


class EventView(View):
    """One event in the history of a render."""

    model_config = ConfigDict(title="Event")

    number: int
    at: datetime
    kind: Annotated[EventKind, _open_set(EventKind, "an event")]
    actor: str
    detail: str
    trace_id: str


class RenderView(View):
    """A render in its current state."""

    model_config = ConfigDict(title="Render")

    id: str
    state: JobState
    fleet: str
    attempt: int = Field(description="The attempt that the render waits for, is in, or ended with.")
    attempt_limit: int = Field(description="The render fails after this many failed attempts.")
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    expires_at: datetime = Field(description="When the render is forgotten; it is not found from then on.")
    poll_after_s: int | None = Field(
        default=None, ge=1, description="Seconds to wait before the next look; null when it has ended."
    )
    template: str | None = None
    priority: Priority = Priority.NORMAL
    batch: str | None = Field(default=None, description="The batch that it was submitted with.")
    webhook_url: str | None = None
    metadata: dict[str, str] = Field(default={}, description="The notes of the submission.")
    test: bool = Field(default=False, description="Whether it was submitted with a test key.")
    trace_id: str
    caller_traceparent: str | None = Field(
        default=None, description="The `traceparent` header of the submission, to which the trace links."
    )
    cancel_requested: bool = False
    waiting: WaitingView | None = None
    progress: ProgressView | None = None
    output: OutputView | None = None
    failure: FailureView | None = None
    usage: UsageView | None = Field(default=None, description="Null in lists.")
    composition: dict[str, object] | None = Field(
        default=None, description="With `include=composition`, unless its retention has ended."
    )
    events: list[EventView] | None = Field(default=None, description="With `include=events`.")
    links: Links


class RenderListView(View):
    """A page of your renders, newest first."""

    model_config = ConfigDict(title="RenderList")

    renders: list[RenderView]
    next_cursor: str | None = Field(
        default=None, description="Cursor of the next page; null on the last page."
    )


class EventListView(View):
    """The events of a render, in order."""

    model_config = ConfigDict(title="EventList")

    events: list[EventView]


class DeliveryView(View):
    """One attempt to deliver a render's webhook."""

    model_config = ConfigDict(title="Delivery")

    number: int
    at: datetime
    delivered: bool
    error: str | None = Field(default=None, description="Why it was not delivered.")
    webhook_id: str | None = Field(
        default=None, description="The `webhook-id` that was sent; null for deliveries before this field."
    )
    endpoint: str | None = Field(
        default=None, description="The webhook endpoint; null for the render's own `webhook_url`."
    )
    redelivery: str | None = Field(
        default=None, description="Id of the redelivery that you asked for; null for the first delivery."
    )


class DeliveryListView(View):
    """The newest 100 attempts to deliver a render's webhook, in order; `number` counts all of them."""

    model_config = ConfigDict(title="DeliveryList")

    deliveries: list[DeliveryView]


class RedeliveryView(View):
    """A new delivery of a render's webhook."""

    model_config = ConfigDict(title="Redelivery")

    id: str = Field(description="Its attempts have this id as `redelivery`.")
    deliveries: str = Field(description="Path of the list of attempts.")


class UploadView(View):
    """The one request that uploads the file, until `expires_at`; send every header exactly as given."""

    method: Literal["PUT"] = "PUT"
    url: str
    headers: dict[str, str]
    expires_at: datetime


class AssetView(View):
    """The id of a file, and the request that uploads it."""

    model_config = ConfigDict(title="Asset")

    id: str
    upload: UploadView


class HealthView(View):
    """The server is up."""

    model_config = ConfigDict(title="Health")

    status: Literal["ok"] = "ok"
