"""The mark that says a job's message is on the queue; without it the sweeper sends the message again."""

from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.table import Table, Update, equal

ACTIONS = frozenset({"dynamodb:UpdateItem"})


class DispatchMarks:
    """Set by whoever has just sent a job's message."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def mark(self, job_id: str, *, attempt: int, now: float) -> bool:
        """Note that the message for this attempt was sent; False when the job no longer waits for it.

        A worker may have claimed the job before: the index then holds it by its lease, which must stay.
        """
        item = self._table.update(
            Update(
                key=keys.job(job_id),
                changes={"dispatched_at": now, "state_sk": now},
                condition=equal(state=JobState.QUEUED.value, attempt=attempt),
            )
        )
        return item is not None
