"""Which tenants' receivers have held this process up lately: their next deliveries get little time.

Deliveries of all tenants share a number of executions (`components/notifier.py`). Receivers that hang would
hold each of them for the full time again and again; so they do once in a while, and for seconds otherwise.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

HELD_UP_SECONDS: Final = 5.0
"""A delivery that took longer has held us up, whether it was answered or not."""
REMEMBERED_SECONDS: Final = 300.0
"""On average: processes that were held up in the same moment are patient again at different times."""
HURRIED_LOOK_UP_SECONDS, HURRIED_SECONDS = 1.0, 3.0
"""For the name, and then from connecting to the answer; nearly all receivers answer sooner."""
MOST_TENANTS: Final = 1_000


@dataclass(frozen=True, kw_only=True)
class SlowReceivers:
    """What this process remembers; `chance` is a number from 0 to 1."""

    now: Callable[[], float]
    chance: Callable[[], float]
    _until: OrderedDict[str, float] = field(default_factory=OrderedDict)

    def has(self, tenant: str) -> bool:
        """Whether the tenant's receivers get little time."""
        return self._until.get(tenant, 0.0) > self.now()

    def note(self, tenant: str, seconds: float) -> None:
        """A delivery took so long; a hurried one cannot, so that every tenant gets its full time again."""
        if seconds <= HELD_UP_SECONDS:
            return
        self._until[tenant] = self.now() + REMEMBERED_SECONDS * (0.5 + self.chance())
        self._until.move_to_end(tenant)
        while len(self._until) > MOST_TENANTS:
            self._until.popitem(last=False)
