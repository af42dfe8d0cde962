"""The sweeper's side of the table: jobs for which an action is overdue."""

from collections.abc import Iterator, Mapping
from functools import partial

from handlers.jobs import transitions
from handlers.jobs.model import Failure, Job
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Value
from handlers.jobs.store.items import job_from_item
from handlers.jobs.store.reading import Reader, readable_first
from handlers.jobs.store.table import Condition, Query, Table
from handlers.jobs.store.writing import read_job, writes
from handlers.jobs.transitions import Move, Stamp

ACTIONS = frozenset({"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"})

PAGE = 25
"""Page size: the sweeper takes jobs of many kinds in turn and needs a few of each."""


class OverdueJobs:
    """The sweeper's access to jobs. Lists are read from the index lazily, page by page."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def expired(self, fleet: str, *, now: float) -> Iterator[Job]:
        """Rendering jobs whose lease has expired, the earliest first."""
        return self._jobs(fleet, _up_to(keys.rendering_pk(fleet), now))

    def unsent(self, fleet: str, *, queued_before: float) -> Iterator[Job]:
        """Jobs queued before a time that have no dispatch mark, the oldest first."""
        match = Condition(
            "#state_pk = :state_pk AND #state_sk BETWEEN :first AND :last",
            {
                ":state_pk": keys.queued_pk(fleet),
                ":first": keys.UNSENT,
                ":last": keys.queued_sk(queued_before, None),
            },
        )
        return self._jobs(fleet, match)

    def sent(self, fleet: str, *, sent_before: float) -> Iterator[Job]:
        """Queued jobs whose message was last sent before a time, the longest ago first."""
        return self._jobs(fleet, _up_to(keys.queued_pk(fleet), sent_before))

    def count_sent(self, fleet: str, *, at_most: int) -> int:
        """How many queued jobs have a dispatch mark; counting stops at `at_most`."""
        return self._table.count(
            Query(index=keys.BY_STATE, match=_up_to(keys.queued_pk(fleet), keys.UNSENT)), at_most=at_most
        )

    def owing(self, fleet: str, *, ended_before: float) -> Iterator[Job]:
        """Jobs that ended before a time and still owe a dead letter or a webhook, the oldest first."""
        return self._jobs(fleet, _up_to(keys.owing_pk(fleet), ended_before))

    def waiting(self, job: Job) -> Job | None:
        """The job's current state, if it still waits for the same message."""
        current = read_job(self._table, job.id)
        if current is None or current.state is not JobState.QUEUED:
            return None
        same = (current.attempt, current.dispatched_at) == (job.attempt, job.dispatched_at)
        return current if same else None

    def mark_sent_again(self, job: Job, *, actor: str, now: float) -> Job | None:
        """Record that the message was sent again; None when the job has changed in the meantime."""
        return self._write(transitions.sent_again(job, Stamp(at=now, actor=actor)))

    def expire(self, job: Job, *, attempt_limit: int, actor: str, now: float) -> Job | None:
        """Take the job from a worker whose lease has expired; None when it is held, ended or taken."""
        current = read_job(self._table, job.id)
        if current is None or current.state is not JobState.RENDERING:
            return None
        lease_ends, owner = current.lease_expires_at, current.lease_owner
        if lease_ends is None or owner is None or lease_ends > now:
            return None
        failure = Failure(code=FailureCode.LEASE_LOST, detail=f"worker {owner} stopped renewing its lease")
        move = transitions.attempt_failed(
            current, Stamp(at=now, actor=actor), failure, attempt_limit=attempt_limit
        )
        return self._write(move, lease_expires_at=lease_ends)

    def stranded(self, fleet: str, *, now: float) -> Iterator[Job]:
        """Jobs of a removed fleet that nobody works on: queued ones, and those whose lease has run out."""
        yield from self.unsent(fleet, queued_before=now)
        yield from self.sent(fleet, sent_before=now)
        yield from self.expired(fleet, now=now)

    def end_stranded(self, job: Job, *, actor: str, now: float) -> Job | None:
        """End a job whose fleet was removed; None when it is held or has ended."""
        current = read_job(self._table, job.id)
        if current is None or current.state.terminal or (current.lease_expires_at or 0) > now:
            return None
        return self._write(transitions.fleet_removed(current, Stamp(at=now, actor=actor)))

    def _jobs(self, fleet: str, match: Condition) -> Iterator[Job]:
        items = self._table.query(Query(index=keys.BY_STATE, match=match, page=PAGE))
        return readable_first(items, partial(_job_of, fleet))

    def _write(self, move: Move, **guards: float) -> Job | None:
        return move.after if self._table.transact([*writes(move, **guards)]) else None


def _up_to(state_pk: str, until: float) -> Condition:
    return Condition(
        "#state_pk = :state_pk AND #state_sk <= :until", {":state_pk": state_pk, ":until": until}
    )


def _job_of(fleet: str, item: Mapping[str, Value]) -> Job:
    """A job whose item says the same fleet as its place in the index."""
    job = job_from_item(item)
    if job.fleet != fleet:
        raise Reader(item).refusal("fleet", fleet)
    return job
