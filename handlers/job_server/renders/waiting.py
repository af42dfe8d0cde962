"""Why a queued render waits, as its customer sees it."""

from dataclasses import dataclass

from handlers.jobs.model import FleetWaits, Job, Priority, ScalerView
from handlers.jobs.reasons import WAIT_TEXTS, WaitReason

SILENCE_SECONDS = 180
"""The scaler decides once a minute; an older decision may no longer hold."""


BULK_TEXT = "It is a bulk render, and seven of eight times a normal one that waits goes first."
"""What is added to the reason why a bulk render waits."""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Why a job is still queued, since when (epoch seconds), and how long others of its fleet have waited."""

    code: WaitReason
    reason: str
    since: float
    fleet_waits: FleetWaits | None = None


def why(job: Job, view: ScalerView | None, now: float) -> Waiting:
    """The reason of the scaler's latest decision since the job was queued, if that is recent."""
    since = job.created_at if job.enqueued_at is None else job.enqueued_at
    code = WaitReason.STARTING
    if view and view.taken_at >= since and view.reason_code in set(WaitReason):
        code = WaitReason(view.reason_code)
    if now - max(since, view.taken_at if view else since) > SILENCE_SECONDS:
        code = WaitReason.SCALER_SILENT
    reason = WAIT_TEXTS[code]
    if view and view.boot_failure and code is WaitReason.LAUNCHES_FAIL:
        reason = f"{reason} The last one said: {view.boot_failure}"
    if job.priority is Priority.BULK:
        reason = f"{reason} {BULK_TEXT}"
    return Waiting(code=code, reason=reason, since=since, fleet_waits=view.waits if view else None)
