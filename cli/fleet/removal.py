"""Checks whether a fleet can be removed without losing renders."""

from dataclasses import dataclass
from typing import Final

from handlers.jobs.store import keys
from handlers.jobs.store.table import Condition, Query, Table

MOST_COUNTED: Final = 1000
"""Counting stops here: more renders give the same answer."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """How many renders a fleet still has, up to `MOST_COUNTED`."""

    queued: int
    rendering: int

    @property
    def removable(self) -> bool:
        """No render would be lost."""
        return not self.queued and not self.rendering


def load_of(table: Table, fleet: str) -> Load:
    """What the fleet has to do, by the index by state."""
    return Load(
        queued=_count(table, keys.queued_pk(fleet)), rendering=_count(table, keys.rendering_pk(fleet))
    )


def _count(table: Table, state_pk: str) -> int:
    match = Condition("#state_pk = :state_pk", {":state_pk": state_pk})
    return table.count(Query(index=keys.BY_STATE, match=match), at_most=MOST_COUNTED)
