"""The mark that says a job's message is on the queue; without it the sweeper sends the message again."""

from handlers.jobs.store import keys
from handlers.jobs.store.table import Table, Update, equal

ACTIONS = frozenset({"dynamodb:UpdateItem"})


class DispatchMarks:
    """Set by whoever has just sent a job's message."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def mark(self, job_id: str, *, attempt: int, now: float) -> bool:
        """Note that the message for this attempt was sent; False when the job is at another attempt."""
        item = self._table.update(
            Update(key=keys.job(job_id), changes={"dispatched_at": now}, condition=equal(attempt=attempt))
        )
        return item is not None
