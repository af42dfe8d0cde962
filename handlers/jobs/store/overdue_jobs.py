"""The sweeper's side of the table: jobs whose message is missing, and leases that ran out."""

from collections.abc import Iterator

from handlers.jobs import transitions
from handlers.jobs.model import Failure, Job
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.items import job_from_item
from handlers.jobs.store.table import Condition, Query, Table
from handlers.jobs.store.writing import read_job, writes
from handlers.jobs.transitions import Move, Stamp

ACTIONS = frozenset({"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"})


class OverdueJobs:
    """What the sweeper may do to jobs."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def undispatched(self, fleet: str, *, queued_before: float, sent_before: float) -> Iterator[Job]:
        """Jobs queued before a moment with no message sent, or none since `sent_before`."""
        return self._by_state(
            keys.queued_pk(fleet),
            until=queued_before,
            only=Condition(
                "attribute_not_exists(#dispatched_at) OR #dispatched_at < :sent_before",
                {":sent_before": sent_before},
            ),
        )

    def expired(self, fleet: str, *, now: float) -> Iterator[Job]:
        """Rendering jobs whose lease has run out."""
        return self._by_state(keys.rendering_pk(fleet), until=now)

    def without_dead_letter(self, fleet: str, *, failed_before: float) -> Iterator[Job]:
        """Jobs failed before a moment of which no message has been put aside."""
        return self._by_state(keys.failed_pk(fleet), until=failed_before)

    def mark_sent_again(self, job: Job, *, actor: str, now: float) -> Job | None:
        """Record that the message was sent once more; None when something happened to the job meanwhile."""
        current = read_job(self._table, job.id)
        if current is None or current.state is not JobState.QUEUED or current.attempt != job.attempt:
            return None
        return self._write(transitions.sent_again(current, Stamp(at=now, actor=actor)))

    def expire(self, job: Job, *, attempt_limit: int, actor: str, now: float) -> Job | None:
        """Take the job from a worker that stopped renewing; None when it is held, ended or taken already."""
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

    def _by_state(self, state_pk: str, *, until: float, only: Condition | None = None) -> Iterator[Job]:
        """Every job that can be read; then, when there was one that cannot, its ValueError."""
        match = Condition(
            "#state_pk = :state_pk AND #state_sk <= :until", {":state_pk": state_pk, ":until": until}
        )
        unreadable: ValueError | None = None
        for item in self._table.query(Query(index=keys.BY_STATE, match=match, only=only)):
            try:
                job = job_from_item(item)
            except ValueError as error:
                unreadable = error
                continue
            yield job
        if unreadable:
            # Last, so that whoever goes on reading has all others first.
            raise unreadable

    def _write(self, move: Move, **guards: float) -> Job | None:
        return move.after if self._table.transact([*writes(move, **guards)]) else None
