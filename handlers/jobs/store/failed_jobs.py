"""The operator's side of the table: have a failed job tried anew."""

from dataclasses import dataclass

from handlers.jobs import transitions
from handlers.jobs.answers import RedriveRefusal
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.model import Job
from handlers.jobs.states import JobState
from handlers.jobs.store.table import Table
from handlers.jobs.store.writing import ROUNDS, read_job, writes
from handlers.jobs.transitions import Stamp

ACTIONS = frozenset({"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"})

OPERATOR = "operator"
"""How operators sign in the event list: this, a colon and who it was."""


@dataclass(frozen=True, kw_only=True)
class Redriven:
    """A job that is under way; `anew` when this call did it."""

    job: Job
    anew: bool


class FailedJobs:
    """What an operator may do to jobs."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def redrive(self, job_id: str, *, actor: str, now: float, force: bool) -> Redriven | RedriveRefusal:
        """Put a failed job back onto the queue; one that waits, is rendered or has its video stays as it is.

        A job that comes back `queued` needs a message for its attempt. `force` is for jobs whose failure is
        permanent: something outside them has changed.
        """
        for _ in range(ROUNDS):
            job = read_job(self._table, job_id)
            if job is None:
                return RedriveRefusal.NO_SUCH_JOB
            if job.state is JobState.CANCELLED:
                return RedriveRefusal.CANCELLED
            if job.state is not JobState.FAILED:
                return Redriven(job=job, anew=False)
            if job.failure and job.failure.code.permanent and not force:
                return RedriveRefusal.PERMANENT
            move = transitions.redriven(job, Stamp(at=now, actor=actor))
            # These marks are no events; one that was set meanwhile would be taken for a mark of the next end.
            marks = {"dead_letter_at": job.dead_letter_at, "announced_at": job.announced_at}
            if self._table.transact([*writes(move, **marks)]):
                return Redriven(job=move.after, anew=True)
        raise TryAgainLater(f"redrive of {job_id}: overtaken {ROUNDS} times")
