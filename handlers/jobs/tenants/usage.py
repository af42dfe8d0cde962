"""What a render has used: attempts, seconds of a machine, seconds of video. Pure.

It follows from the render's events alone, which every release of the agent writes in the same way.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from handlers.jobs.model import Job, JobEvent
from handlers.jobs.states import EventKind, JobState

ENDS: Final = frozenset(
    {
        EventKind.ATTEMPT_FAILED,
        EventKind.INTERRUPTED,
        EventKind.LEASE_LOST,
        EventKind.SUCCEEDED,
        EventKind.FAILED,
        EventKind.CANCELLED,
    }
)
"""The events that end an attempt."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """The time, in epoch seconds, from an attempt's claim to the event that ended it; None while it runs."""

    started_at: float
    ended_at: float | None


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What a render has used up to some moment."""

    attempts: int
    machine_seconds: float
    video_seconds: float


def attempts(events: Iterable[JobEvent]) -> Iterator[Attempt]:
    """The attempts that workers have begun, in order.

    An attempt whose end is missing among the events ends with the next claim.
    """
    started_at: float | None = None
    for event in sorted(events, key=lambda event: event.number):
        if started_at is not None and (event.kind in ENDS or event.kind is EventKind.CLAIMED):
            yield Attempt(started_at=started_at, ended_at=max(event.at, started_at))
            started_at = None
        if event.kind is EventKind.CLAIMED:
            started_at = event.at
    if started_at is not None:
        yield Attempt(started_at=started_at, ended_at=None)


def usage(job: Job, events: Sequence[JobEvent], *, now: float) -> Usage:
    """What a job has used until now; only a job that has succeeded has made video."""
    made = [*attempts(events)]
    seconds = sum(max(0.0, (now if one.ended_at is None else one.ended_at) - one.started_at) for one in made)
    return Usage(
        attempts=len(made),
        machine_seconds=round(seconds, 3),
        video_seconds=job.output.duration if job.output and job.state is JobState.SUCCEEDED else 0.0,
    )


LEAST_PERCENT: Final = 5
"""Before that, the start of an engine weighs more than its speed."""


@dataclass(frozen=True, kw_only=True)
class Remaining:
    """How long the current attempt needs at the speed that it has had: `percent` took `elapsed_seconds`."""

    seconds: float
    percent: int
    elapsed_seconds: float


def remaining(job: Job, events: Sequence[JobEvent], *, now: float) -> Remaining | None:
    """How long the current attempt still needs; None while its progress says too little."""
    running = [one for one in attempts(events) if one.ended_at is None]
    if job.state is not JobState.RENDERING or not running or job.progress < LEAST_PERCENT:
        return None
    elapsed = max(0.0, now - running[-1].started_at)
    return Remaining(
        seconds=round(elapsed * (100 - job.progress) / job.progress, 1),
        percent=job.progress,
        elapsed_seconds=round(elapsed, 1),
    )
