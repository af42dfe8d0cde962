"""How long instances stay unwanted: the gaps that were seen, and for how long it pays to keep an instance."""

from dataclasses import dataclass
from functools import lru_cache

from handlers.scaler.decision.estimate import RECENT

BINS = 12
"""Gaps shorter than what a launch costs are told apart by twelfths of that; all longer ones cost the same."""
HORIZON = 3.0
"""After so many times that without being wanted a gap is counted as a long one, and watched no more."""
DOUBT = 6.0
"""Gaps of any length up to it that are believed in beforehand: half as many long ones outweigh them."""

Peaks = tuple[tuple[float, int], ...]
"""(since, instances), times rising and instances falling: at most that many were wanted ever since."""
Weights = tuple[float, ...]
"""How many gaps ended within each twelfth of it; the last entry counts the longer ones."""

UNSEEN: Weights = (0.0,) * (BINS + 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """The peaks after one more look, and the gaps known by then."""

    peaks: Peaks
    gaps: Weights


def observed(peaks: Peaks, gaps: Weights, *, now: float, wanted: int, launch_s: float) -> Seen:
    """What another look adds: a rise ends the gaps of the instances wanted again, age makes gaps long ones.

    The n-th instance is in a gap whenever fewer than n are wanted, whether it is still there or not.
    """
    kept = [entry for entry in peaks if entry[1] > wanted]
    ended = [entry for entry in peaks if entry[1] <= wanted]
    upper = wanted
    for since, level in ended:
        # The instances between this peak and the one before it have been unwanted since then.
        gaps = _counted(gaps, _bin(now - since, launch_s), upper - level)
        upper = level
    kept.append((ended[0][0] if ended else now, wanted))
    while len(kept) > 1 and now - kept[1][0] > HORIZON * launch_s:
        gaps = _counted(gaps, BINS, kept[0][1] - kept[1][1])
        del kept[0]
    return Seen(peaks=tuple(kept), gaps=gaps)


def peak(peaks: Peaks, since: float) -> int | None:
    """The most that was wanted at any time since then; None when that was not watched."""
    return next((level for begin, level in reversed(peaks) if begin <= since), None)


def idle_time(gaps: Weights, launch_s: float) -> float:
    """How long an unwanted instance is kept: what would have cost least in the gaps that were seen.

    Keeping it through a gap costs the gap; letting it go after t seconds costs t and a launch. Whatever
    is seen, the answer is at most a launch, and so never costs more than twice what a clairvoyant pays.
    """
    return _cheapest(gaps) / BINS * launch_s


@lru_cache(maxsize=8)
def _cheapest(gaps: Weights) -> int:
    """The twelfths of a launch after which letting go would have cost least; gaps change at few looks."""
    known = gaps if len(gaps) == BINS + 1 else UNSEEN
    weights = [*[weight + DOUBT / BINS for weight in known[:BINS]], known[BINS]]
    costs: list[float] = []
    total, ended, paid = sum(weights), 0.0, 0.0
    for kept, weight in enumerate(weights):
        costs.append(paid + (total - ended) * (kept / BINS + 1))
        paid += weight * (kept + 0.5) / BINS
        ended += weight
    return costs.index(min(costs))


def _bin(seconds: float, launch_s: float) -> int:
    return max(0, int(BINS * seconds / launch_s)) if 0 < seconds < launch_s else BINS * (seconds > 0)


def _counted(gaps: Weights, place: int, times: int) -> Weights:
    if times <= 0:
        return gaps
    before = gaps if len(gaps) == BINS + 1 else UNSEEN
    fade = max(0.0, 1 - times / RECENT)
    counted = [fade * weight for weight in before]
    counted[place] += times
    return tuple(counted)
