"""Turns domain values into the responses that customers see."""

from collections.abc import Sequence
from datetime import UTC, datetime

from handlers.job_server.ports import Link
from handlers.job_server.renders.looking import Render, RenderPage
from handlers.job_server.renders.submitting import Accepted
from handlers.job_server.renders.waiting import Waiting
from handlers.job_server.schemas.responses import (
    AcceptedView,
    AssetView,
    DeliveryListView,
    DeliveryView,
    EventListView,
    EventView,
    FailureView,
    FleetWaitsView,
    LengthView,
    Links,
    OutputView,
    PosterView,
    ProgressView,
    RedeliveryView,
    RemainingBasisView,
    RenderListView,
    RenderView,
    UploadView,
    UsageView,
    WaitingView,
    WarningView,
)
from handlers.job_server.schemas.usage import UsageDayView, UsageReportView
from handlers.job_server.webhook_endpoints.deliveries import Redelivery
from handlers.jobs.composition import Length
from handlers.jobs.json_schema.values import Finding
from handlers.jobs.model import DeliveryAttempt, Job, JobEvent
from handlers.jobs.states import JobState
from handlers.jobs.store.customers.usage_days import UsageDay
from handlers.jobs.store.failed_jobs import OPERATOR
from handlers.jobs.tenants.spaces import is_test
from handlers.jobs.tenants.usage import Remaining, Usage
from handlers.jobs.tracing import trace_id_of


def accepted(one: Accepted) -> AcceptedView:
    """The response to a submission."""
    return AcceptedView(id=one.job_id, trace_id=trace_id_of(one.job_id), links=links(one.job_id))


def length(one: Length | None, warnings: Sequence[Finding]) -> LengthView:
    """The response to a submission that was only checked."""
    return LengthView(
        duration_s=one.seconds if one else None,
        frames=one.frames if one else None,
        warnings=[WarningView(pointer=warning.pointer, detail=warning.detail) for warning in warnings],
    )


def render(one: Render) -> RenderView:
    """A render as its owner sees it."""
    job = one.job
    return RenderView(
        id=job.id,
        state=job.state,
        fleet=job.fleet,
        attempt=job.attempt,
        attempt_limit=one.attempt_limit,
        created_at=_time(job.created_at),
        updated_at=_time(job.updated_at),
        started_at=_maybe_time(job.started_at),
        finished_at=_maybe_time(job.finished_at),
        expires_at=_time(job.expires_at),
        poll_after_s=one.poll_after_s,
        template=job.template,
        batch=job.batch,
        priority=job.priority,
        webhook_url=job.webhook_url,
        metadata=dict(job.metadata),
        test=is_test(job.tenant),
        trace_id=job.trace_id,
        caller_traceparent=job.caller_traceparent,
        cancel_requested=job.cancel_requested,
        waiting=_waiting(one.waiting) if one.waiting else None,
        progress=_progress(job, one.remaining) if job.state is JobState.RENDERING else None,
        output=_output(job, one.video, one.poster),
        failure=_failure(job),
        usage=_usage(one.usage) if one.usage else None,
        composition=None if one.composition is None else {**one.composition},
        events=None if one.events is None else [_event(event) for event in one.events],
        links=links(job.id),
    )


def _failure(job: Job) -> FailureView | None:
    """Of the latest attempt that failed; a cancelled render did not fail, whatever an attempt before did."""
    if job.failure is None or job.state is JobState.CANCELLED:
        return None
    return FailureView(code=job.failure.code, detail=job.failure.detail)


def render_list(page: RenderPage) -> RenderListView:
    """A page of a list as its owner sees it."""
    return RenderListView(renders=[render(one) for one in page.renders], next_cursor=page.cursor)


def event_list(events: list[JobEvent]) -> EventListView:
    """A job's history as its owner sees it."""
    return EventListView(events=[_event(event) for event in events])


def delivery_list(attempts: list[DeliveryAttempt]) -> DeliveryListView:
    """A job's webhook deliveries as their owner sees them."""
    return DeliveryListView(
        deliveries=[
            DeliveryView(
                number=one.number,
                at=_time(one.at),
                delivered=one.delivered,
                error=one.error,
                webhook_id=one.webhook_id,
                endpoint=one.endpoint,
                redelivery=one.redelivery,
            )
            for one in attempts
        ]
    )


def redelivery(one: Redelivery) -> RedeliveryView:
    """The response to a request for a webhook."""
    return RedeliveryView(id=one.id, deliveries=links(one.job_id).deliveries)


def usage_report(days: Sequence[UsageDay]) -> UsageReportView:
    """The usage of a tenant as it sees it."""
    return UsageReportView(
        days=[
            UsageDayView(
                day=one.day,
                succeeded=one.totals.succeeded,
                failed=one.totals.failed,
                cancelled=one.totals.cancelled,
                machine_s=one.totals.machine_seconds,
                video_s=one.totals.video_seconds,
            )
            for one in days
        ]
    )


def asset(asset_id: str, link: Link) -> AssetView:
    """The response to an announced upload."""
    upload = UploadView(url=link.url, headers=dict(link.headers), expires_at=_time(link.expires_at))
    return AssetView(id=asset_id, upload=upload)


def links(job_id: str) -> Links:
    """The path of a job."""
    here = f"/v1/renders/{job_id}"
    return Links(self=here, events=f"{here}/events", deliveries=f"{here}/deliveries", cancel=f"{here}/cancel")


def _waiting(waiting: Waiting) -> WaitingView:
    waits = waiting.fleet_waits
    return WaitingView(
        code=waiting.code,
        reason=waiting.reason,
        since=_time(waiting.since),
        fleet_waits=FleetWaitsView(p50_s=waits.p50, p90_s=waits.p90, renders=waits.renders)
        if waits
        else None,
    )


def _progress(job: Job, left: Remaining | None) -> ProgressView:
    return ProgressView(
        percent=job.progress,
        stage=job.stage,
        remaining_s=left.seconds if left else None,
        remaining_basis=RemainingBasisView(percent=left.percent, elapsed_s=left.elapsed_seconds)
        if left
        else None,
    )


def _usage(used: Usage) -> UsageView:
    return UsageView(attempts=used.attempts, machine_s=used.machine_seconds, video_s=used.video_seconds)


def _event(event: JobEvent) -> EventView:
    return EventView(
        number=event.number,
        at=_time(event.at),
        kind=event.kind,
        actor=_shown(event.actor),
        detail=event.detail,
        trace_id=event.trace_id,
    )


def _output(job: Job, link: Link | None, poster: Link | None) -> OutputView | None:
    if link is None or job.output is None:
        return None
    return OutputView(
        url=link.url,
        url_expires_at=_time(link.expires_at),
        duration_s=job.output.duration,
        width=job.output.width,
        height=job.output.height,
        bytes=job.output.bytes,
        format=job.output_options.format,
        poster=PosterView(url=poster.url, url_expires_at=_time(poster.expires_at)) if poster else None,
    )


def _shown(actor: str) -> str:
    """The actor of an event; customers do not see which operator it was."""
    return OPERATOR if actor.startswith(f"{OPERATOR}:") else actor


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _maybe_time(seconds: float | None) -> datetime | None:
    return None if seconds is None else _time(seconds)
