"""How many jobs come at present: from the arrivals of the last hour, looking as far back as they agree."""

from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

from handlers.scaler.decision.history import INTERVAL_S, History

WINDOWS_S = (10, 20, 40, 60, 120, 300, 600, 1200, 2400)
SURPRISE = 2.0
SHORTEST_S = 15.0
ENOUGH = 10
MOST_DISPERSION = 10.0
PER_MINUTE = int(60 / INTERVAL_S)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """What the arrivals say.

    Attributes:
        per_s: arrivals per second at present.
        usual: arrivals per second before they changed; the same while nothing has.
        window_s: the seconds over which the present ones were counted.
        dispersion: variance over mean of the counts per minute.
    """

    per_s: float
    usual: float
    window_s: float
    dispersion: float


def forecast(history: History, now: float) -> Rate:
    """The rate over the longest window that no shorter one contradicts (Lepski's rule).

    A steady stream is averaged over forty minutes, and a change is followed within seconds. The bounds are
    those of a Poisson count, whose square root has a standard deviation of one half.
    """
    low, high = 0.0, float("inf")
    per_s, window_s = history.rate(now, 0.0, SHORTEST_S), SHORTEST_S
    for window in WINDOWS_S:
        seconds = max(history.covered(now, window), SHORTEST_S)
        found = history.rate(now, window, SHORTEST_S)
        if not low <= found <= high:
            break
        per_s, window_s, counted = found, seconds, found * seconds
        low = max(low, max(0.0, sqrt(counted) - SURPRISE / 2) ** 2 / seconds)
        high = min(high, (sqrt(counted + 1) + SURPRISE / 2) ** 2 / seconds)
    return Rate(
        per_s=per_s,
        usual=_before(history, now, per_s, window_s),
        window_s=window_s,
        dispersion=_dispersion(history.arrivals),
    )


def _before(history: History, now: float, per_s: float, window_s: float) -> float:
    """The rate over the longest window without its last part."""
    longest = history.covered(now, WINDOWS_S[-1])
    earlier = longest - window_s
    if earlier < INTERVAL_S:
        return per_s
    return max(0.0, history.rate(now, WINDOWS_S[-1]) * longest - per_s * window_s) / earlier


def _dispersion(arrivals: tuple[int, ...]) -> float:
    """Variance over mean of the counts per minute, blind to slow change: 1 for independent arrivals."""
    whole = arrivals[:-1]
    first = len(whole) % PER_MINUTE
    minutes = [sum(whole[n : n + PER_MINUTE]) for n in range(first, len(whole), PER_MINUTE)]
    total = sum(minutes)
    if len(minutes) < ENOUGH or total < ENOUGH:
        return 1.0
    moved = sum((after - before) ** 2 for before, after in pairwise(minutes)) / 2
    return min(max(1.0, moved / total), MOST_DISPERSION)
