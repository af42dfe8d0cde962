"""What a fleet has to do: its queued and its rendering jobs, from the sparse index by state."""

from collections.abc import Iterator

from handlers.jobs.model import Job
from handlers.jobs.store import keys
from handlers.jobs.store.items import job_from_item
from handlers.jobs.store.table import Query, Table, equal

ACTIONS = frozenset({"dynamodb:Query"})


class FleetJobs:
    """Reads only; the index may be a moment behind the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def queued(self, fleet: str) -> Iterator[Job]:
        """Jobs that wait, the longest waiting first."""
        return self._read(keys.queued_pk(fleet))

    def rendering(self, fleet: str) -> Iterator[Job]:
        """Jobs that are rendered, the lease that ends first at the head."""
        return self._read(keys.rendering_pk(fleet))

    def _read(self, state_pk: str) -> Iterator[Job]:
        return map(
            job_from_item, self._table.query(Query(index=keys.BY_STATE, match=equal(state_pk=state_pk)))
        )
