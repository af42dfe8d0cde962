"""What each event does to a job. Pure: the job before, the job after, and the event's record."""

from dataclasses import dataclass, replace

from handlers.jobs.model import Failure, Job, JobEvent, Output
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import EventKind, JobState, state_after

INTERRUPTION_LIMIT = 10
"""Spot takes an instance away once in hours or days: so often it is the job itself, such as one whose engine
takes the agent along."""


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """The time and the actor of an event."""

    at: float
    actor: str


@dataclass(frozen=True, kw_only=True)
class Move:
    """A transition that is decided but not yet written; `before` is None for a new job."""

    before: Job | None
    after: Job
    event: JobEvent


def submitted(job: Job, stamp: Stamp) -> Move:
    """A new job enters the queue."""
    state = state_after(None, EventKind.SUBMITTED)
    after = replace(job, state=state, event_count=1)
    return Move(
        before=None, after=after, event=_event(after, EventKind.SUBMITTED, f"for fleet {job.fleet}", stamp)
    )


def sent_again(job: Job, stamp: Stamp) -> Move:
    """The job's message was missing and has been sent again."""
    after = replace(job, dispatched_at=stamp.at)
    return _move(job, after, EventKind.SENT_AGAIN, f"message for attempt {job.attempt}", stamp)


def claimed(job: Job, stamp: Stamp, *, instance_id: str, lease_seconds: float) -> Move:
    """A worker takes the job under a lease."""
    after = replace(
        job,
        lease_owner=instance_id,
        lease_expires_at=stamp.at + lease_seconds,
        started_at=stamp.at if job.started_at is None else job.started_at,
    )
    return _move(job, after, EventKind.CLAIMED, f"attempt {job.attempt}", stamp)


def succeeded(job: Job, stamp: Stamp, *, output: Output, output_key: str) -> Move:
    """The video of this attempt is the job's video."""
    after = replace(_ended(job, stamp), output=output, output_key=output_key, failure=None)
    return _move(job, after, EventKind.SUCCEEDED, f"attempt {job.attempt}: {output.bytes} bytes", stamp)


def attempt_failed(job: Job, stamp: Stamp, failure: Failure, *, attempt_limit: int) -> Move:
    """An attempt ended without a video: queue another if one can help and is allowed."""
    if job.cancel_requested:
        return cancelled(job, stamp)
    detail = f"attempt {job.attempt}: {failure.code.value}: {failure.detail}"
    if failure.code.permanent or attempts_spent(job) >= attempt_limit:
        return _move(job, replace(_ended(job, stamp), failure=failure), EventKind.FAILED, detail, stamp)
    kind = EventKind.LEASE_LOST if failure.code is FailureCode.LEASE_LOST else EventKind.ATTEMPT_FAILED
    return _move(job, replace(_requeued(job, stamp), failure=failure), kind, detail, stamp)


def fleet_removed(job: Job, stamp: Stamp) -> Move:
    """Nobody is left who could render the job: it fails, or ends as the customer had asked before."""
    if job.cancel_requested:
        return cancelled(job, stamp)
    failure = Failure(code=FailureCode.FLEET_REMOVED, detail=f"there is no fleet {job.fleet} any more")
    detail = f"attempt {job.attempt}: {failure.code.value}: {failure.detail}"
    return _move(job, replace(_ended(job, stamp), failure=failure), EventKind.FAILED, detail, stamp)


def interrupted(job: Job, stamp: Stamp, *, detail: str) -> Move:
    """The instance is being terminated: the job goes back to the queue and the attempt does not count.

    A job that was interrupted too often fails: it may be the cause.
    """
    if job.cancel_requested:
        return cancelled(job, stamp)
    times = job.interruptions - job.forgiven + 1
    if times >= INTERRUPTION_LIMIT:
        failure = Failure(
            code=FailureCode.INTERRUPTED, detail=f"interrupted {times} times, at last: {detail}"
        )
        ended = replace(_ended(job, stamp), failure=failure)
        return _move(job, ended, EventKind.FAILED, f"attempt {job.attempt}: {failure.detail}", stamp)
    after = replace(_requeued(job, stamp), interruptions=job.interruptions + 1)
    return _move(job, after, EventKind.INTERRUPTED, f"attempt {job.attempt}: {detail}", stamp)


def cancel_asked(job: Job, stamp: Stamp) -> Move:
    """The customer cancels: a queued job ends at once, a rendering one when its engine has stopped."""
    if job.state is JobState.QUEUED:
        return cancelled(job, stamp)
    after = replace(job, cancel_requested=True)
    return _move(job, after, EventKind.CANCEL_REQUESTED, "the worker was asked to stop", stamp)


def cancelled(job: Job, stamp: Stamp) -> Move:
    """The job ends without a video, as the customer asked."""
    detail = "before it was rendered" if job.state is JobState.QUEUED else f"attempt {job.attempt} stopped"
    return _move(job, _ended(job, stamp), EventKind.CANCELLED, detail, stamp)


def redriven(job: Job, stamp: Stamp) -> Move:
    """An operator queues a failed job again: attempt numbers continue, the limit and retention start over."""
    after = replace(
        _requeued(job, stamp),
        interruptions=job.attempt,
        forgiven=job.attempt,
        finished_at=None,
        dead_letter_at=None,
        announced_at=None,
        expires_at=job.expires_at + max(0, int(stamp.at - job.created_at)),
    )
    failed = f" after {job.failure.code.value}" if job.failure else ""
    return _move(job, after, EventKind.REDRIVEN, f"attempt {after.attempt}{failed}", stamp)


def attempts_spent(job: Job) -> int:
    """How many attempts count toward the limit, including the current one."""
    return job.attempt - job.interruptions


def _requeued(job: Job, stamp: Stamp) -> Job:
    return replace(
        job,
        attempt=job.attempt + 1,
        enqueued_at=stamp.at,
        dispatched_at=None,
        lease_owner=None,
        lease_expires_at=None,
    )


def _ended(job: Job, stamp: Stamp) -> Job:
    return replace(job, lease_owner=None, lease_expires_at=None, finished_at=stamp.at)


def _move(before: Job, after: Job, kind: EventKind, detail: str, stamp: Stamp) -> Move:
    recorded = replace(
        after,
        state=state_after(before.state, kind),
        updated_at=stamp.at,
        event_count=before.event_count + 1,
    )
    return Move(before=before, after=recorded, event=_event(recorded, kind, detail, stamp))


def _event(job: Job, kind: EventKind, detail: str, stamp: Stamp) -> JobEvent:
    return JobEvent(
        job_id=job.id,
        number=job.event_count,
        at=stamp.at,
        actor=stamp.actor,
        kind=kind,
        detail=detail,
        trace_id=job.trace_id,
    )
