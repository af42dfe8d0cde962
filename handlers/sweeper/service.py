"""One sweep: jobs of silent workers return to the queue, missing messages and dead letters are sent."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice

from handlers.jobs.errors import TryAgainLater
from handlers.jobs.model import Job
from handlers.jobs.states import JobState
from handlers.sweeper.ports import DeadLetters, Queue, Store

ACTOR = "sweeper"

AT_ONCE = 500
"""Jobs of one kind that a sweep touches in one fleet; the next sweep goes on."""

SENT_LONG_AGO_SECONDS = 1800
"""A job still queued so long after its message gets another: a duplicate is harmless, a loss is not."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """When a job counts as left lying, and how often it may be tried."""

    attempt_limit: int
    dispatch_grace_seconds: int


@dataclass(frozen=True, kw_only=True)
class Swept:
    """What a sweep did, by job; `postponed` is what it could not do and the next one must.

    `mistakes` is what no further sweep can do either: an operator must look. `traces` has the trace of every
    job named here, under its id.
    """

    returned: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    sent_again: list[str] = field(default_factory=list)
    dead_letters: list[str] = field(default_factory=list)
    postponed: list[str] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)
    traces: dict[str, str] = field(default_factory=dict)


class Sweeper:
    """Sweeps fleets; doing it twice, or two at once, changes nothing more."""

    def __init__(self, store: Store, queue: Queue, letters: DeadLetters, rules: Rules) -> None:
        self._store, self._queue, self._letters, self._rules = store, queue, letters, rules

    def sweep(self, fleets: Iterable[str], *, now: float) -> Swept:
        """Put right whatever is left lying in the fleets.

        Raises:
            TryAgainLater: the store did not even say what there is.
        """
        swept = Swept()
        for fleet in fleets:
            for job in _some(self._store.expired(fleet, now=now), swept):
                with _each(job, swept):
                    self._take_back(job, swept, now)
            lying = self._store.undispatched(
                fleet,
                queued_before=now - self._rules.dispatch_grace_seconds,
                sent_before=now - SENT_LONG_AGO_SECONDS,
            )
            for job in _some(lying, swept):
                with _each(job, swept):
                    self._send_again(job, swept, now)
            untold = self._store.without_dead_letter(
                fleet, failed_before=now - self._rules.dispatch_grace_seconds
            )
            for job in _some(untold, swept):
                with _each(job, swept):
                    self._leave_letter(job, swept, now)
        return swept

    def _take_back(self, job: Job, swept: Swept, now: float) -> None:
        after = self._store.expire(job, attempt_limit=self._rules.attempt_limit, actor=ACTOR, now=now)
        if after is None:
            return
        if after.state is not JobState.QUEUED:
            swept.ended.append(after.id)
            if after.owes_dead_letter:
                self._leave_letter(after, swept, now)
            return
        swept.returned.append(after.id)
        self._queue.send(after)
        self._queue.mark(after, now=now)

    def _send_again(self, job: Job, swept: Swept, now: float) -> None:
        self._queue.send(job)
        if self._store.mark_sent_again(job, actor=ACTOR, now=now):
            swept.sent_again.append(job.id)

    def _leave_letter(self, job: Job, swept: Swept, now: float) -> None:
        self._letters.leave(job, now=now)
        swept.dead_letters.append(job.id)


def _some(jobs: Iterable[Job], swept: Swept) -> list[Job]:
    """As many as one sweep touches; an item that cannot be read does not hide those beside it."""
    found: list[Job] = []
    try:
        found.extend(islice(jobs, AT_ONCE))
    except ValueError as error:
        swept.mistakes.append(f"{type(error).__name__}: {error}"[:300])
    return found


@contextmanager
def _each(job: Job, swept: Swept) -> Iterator[None]:
    """Whatever happens to one job, the others are swept."""
    swept.traces[job.id] = job.trace_id
    try:
        yield
    except TryAgainLater:
        swept.postponed.append(job.id)
    except Exception as error:
        swept.mistakes.append(f"{job.id}: {type(error).__name__}: {error}"[:300])
