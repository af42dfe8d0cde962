"""The mark that says a job's message is on the queue; without it the sweeper sends the message again."""

from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.table import Table, Update, equal

ACTIONS = frozenset({"dynamodb:UpdateItem"})


class DispatchMarks:
    """Sets the mark after a job's message was sent."""

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
