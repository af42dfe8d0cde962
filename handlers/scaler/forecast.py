"""How many jobs will come: from the arrivals of the last hour, looking as far back as they agree."""

from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

from .history import BUCKET_S, History

WINDOWS_MIN = (2, 5, 10, 20, 40)
SURPRISE = 2.0
SHORTEST_S = 15.0
ENOUGH = 10
MOST_DISPERSION = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """Arrivals per second, the seconds over which they were counted, variance over mean of the counts."""

    per_s: float
    window_s: float
    dispersion: float


def forecast(history: History, now: float) -> Rate:
    """The rate over the longest window that no shorter one contradicts (Lepski's rule).

    A steady stream is averaged over forty minutes, and a change is followed within one or two.
    """
    arrivals = history.arrivals
    running = max(now - history.minute, 0.0)
    low, high = 0.0, float("inf")
    per_s, window_s = 0.0, SHORTEST_S
    for minutes in WINDOWS_MIN:
        whole = min(minutes, len(arrivals) - 1)
        seconds = max(whole * BUCKET_S + running, SHORTEST_S)
        counted = sum(arrivals[-minutes - 1 :])
        found, noise = counted / seconds, SURPRISE * sqrt(counted + 1) / seconds
        if not low <= found <= high:
            break
        per_s, window_s = found, seconds
        low, high = max(low, found - noise), min(high, found + noise)
        if whole < minutes:
            break
    return Rate(per_s=per_s, window_s=window_s, dispersion=_dispersion(arrivals))


def _dispersion(arrivals: tuple[int, ...]) -> float:
    """Variance over mean of the counts per minute, blind to slow change: 1 for independent arrivals."""
    whole = arrivals[:-1]
    total = sum(whole)
    if len(whole) < ENOUGH or total < ENOUGH:
        return 1.0
    moved = sum((after - before) ** 2 for before, after in pairwise(whole)) / 2
    return min(max(1.0, moved / total), MOST_DISPERSION)
