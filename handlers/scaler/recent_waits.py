"""How long a fleet's renders have waited lately, for customers whose renders wait now."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isfinite
from typing import Final

KEPT: Final = 50
"""Waits: the record is written at each look, and each KB of it is a write unit."""
KEPT_SECONDS: Final = 3_600.0
"""How long a wait says something about the next one."""


@dataclass(frozen=True, kw_only=True)
class RecentWaits:
    """The latest waits, the newest first: when the scaler heard of each start, and the seconds waited."""

    waits: tuple[tuple[float, float], ...] = ()

    def after(self, seconds: Sequence[float], now: float) -> "RecentWaits":
        """With the waits that the scaler has heard of now, and without those that are too old."""
        heard = [(round(now, 1), round(max(one, 0.0), 1)) for one in reversed(seconds) if isfinite(one)]
        oldest = now - KEPT_SECONDS
        recent = [one for one in (*heard, *self.waits) if one[0] >= oldest]
        return RecentWaits(waits=tuple(recent[:KEPT]))

    def percentile(self, share: float) -> float | None:
        """The shortest wait that is at least as long as this share of all (nearest rank); None of none."""
        waited = sorted(seconds for _, seconds in self.waits)
        return waited[max(ceil(share * len(waited)), 1) - 1] if waited else None
