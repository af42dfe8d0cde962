"""The minutes of CloudWatch, which in time lapse are shorter than the clock's, and not all of one length."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

MINUTE_S = 60.0
_KEPT = 7 * 24 * 60
"""An alarm looks back a week at most."""
NEAR = 5
"""The latest minutes, which `skip` leaves next to each other: alarms on silence look at no more."""


@dataclass
class Minutes:
    """When the latest minutes ended, in seconds of the clock."""

    _ends: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT))
    _passed: int = 0

    def end(self, now: float) -> None:
        """End a minute."""
        self._ends.append(now)
        self._passed += 1

    def skip(self, minutes: int) -> None:
        """Put so many minutes without any data between the latest `NEAR` ones and those before.

        Raises:
            ValueError: There are no minutes before.
        """
        ends = list(self._ends)
        if len(ends) <= NEAR:
            raise ValueError(f"{len(ends)} minutes have ended; more than {NEAR} must have.")
        place = len(ends) - 1 - NEAR
        ends[place:place] = [ends[place]] * minutes
        self._ends = deque(ends, maxlen=_KEPT)
        self._passed += minutes

    @property
    def now(self) -> float:
        """Seconds of CloudWatch that have passed."""
        return self._passed * MINUTE_S

    def edges(self, period_s: float, periods: int) -> Sequence[float]:
        """When so many periods that follow one another began, and when the last one ended: now."""
        minutes = max(1, math.ceil(period_s / MINUTE_S))
        return [self._ago(minutes * n) for n in range(periods, -1, -1)]

    def _ago(self, minutes: int) -> float:
        """When the minute ended that is so much older than the latest; before the first, by the clock."""
        known = len(self._ends) - 1
        if minutes <= known:
            return self._ends[-1 - minutes]
        return self._ends[0] - (minutes - known) * MINUTE_S
