"""The mark that says a job's message is on the queue; without it the sweeper sends the message again.

A submission writes the mark with the job, before its message is sent, and takes it back when sending fails.
"""

from handlers.jobs.model import Job
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.table import Table, Update, equal

ACTIONS = frozenset({"dynamodb:UpdateItem"})


class DispatchMarks:
    """Sets the mark after a job's message was sent, and takes back one that was set too early."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def mark(self, job_id: str, *, attempt: int, now: float) -> bool:
        """Mark the message for this attempt as sent; False when the job no longer waits for it.

        A worker may have claimed the job already: the index then has it by its lease, which must stay.
        """
        item = self._table.update(
            Update(
                key=keys.job(job_id),
                changes={"dispatched_at": now, "state_sk": now},
                condition=equal(state=JobState.QUEUED.value, attempt=attempt),
            )
        )
        return item is not None

    def take_back(self, job: Job, *, now: float) -> bool:
        """Say that the message was not sent; False when the job waits no longer, or was marked again."""
        item = self._table.update(
            Update(
                key=keys.job(job.id),
                changes={
                    "dispatched_at": None,
                    "state_sk": keys.queued_sk(job.enqueued_at or job.created_at, None),
                    "updated_at": now,
                },
                condition=equal(
                    state=JobState.QUEUED.value, attempt=job.attempt, dispatched_at=job.dispatched_at
                ),
            )
        )
        return item is not None
