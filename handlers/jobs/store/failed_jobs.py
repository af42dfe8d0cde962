"""The operator's side of the table: queue a failed job again."""

from dataclasses import dataclass

from handlers.jobs import transitions
from handlers.jobs.answers import RedriveRefusal
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.model import Job
from handlers.jobs.states import JobState
from handlers.jobs.store import compositions, webhook_addresses
from handlers.jobs.store.reading import UnreadableItemError
from handlers.jobs.store.table import Table
from handlers.jobs.store.writing import ROUNDS, read_job, writes
from handlers.jobs.transitions import Stamp

ACTIONS = frozenset({"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"})

OPERATOR = "operator"
"""The actor of an operator's events: this, a colon and the operator's name."""


@dataclass(frozen=True, kw_only=True)
class Redriven:
    """A job that is queued, rendering or succeeded; `requeued` if this call queued it."""

    job: Job
    requeued: bool


class FailedJobs:
    """The operator's access to jobs."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def redrive(self, job_id: str, *, actor: str, now: float, force: bool) -> Redriven | RedriveRefusal:
        """Queue a failed job again; a queued, rendering or succeeded job stays as it is.

        A job that is returned `queued` needs a message for its attempt. `force` also queues jobs whose
        failure is permanent, because something outside them has changed.
        """
        for _ in range(ROUNDS):
            try:
                job = read_job(self._table, job_id)
            except UnreadableItemError:
                return RedriveRefusal.UNREADABLE
            if job is None:
                return RedriveRefusal.NO_SUCH_JOB
            if job.state is JobState.CANCELLED:
                return RedriveRefusal.CANCELLED
            if job.state is not JobState.FAILED:
                return Redriven(job=job, requeued=False)
            if job.failure and job.failure.code.permanent and not force:
                return RedriveRefusal.PERMANENT
            move = transitions.redriven(job, Stamp(at=now, actor=actor))
            # These marks have no events; one set in the meantime would count as a mark of the job's next end.
            marks = {"dead_letter_at": job.dead_letter_at, "announced_at": job.announced_at}
            kept = [
                *webhook_addresses.keep_until(self._table, move.after),
                *compositions.keep_until(self._table, move.after),
            ]
            if self._table.transact([*writes(move, **marks), *kept]):
                return Redriven(job=move.after, requeued=True)
        raise TryAgainLater(f"redrive of {job_id}: overtaken {ROUNDS} times")
