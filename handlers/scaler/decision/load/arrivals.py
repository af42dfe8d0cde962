"""When jobs came, in a few numbers whatever their rate, and how many come at present.

The numbers are an exponential histogram (Datar, Gionis, Indyk, Motwani 2002): single instants for the latest
arrivals, then neighbors merged in pairs, so that sixty-four entries reach back two thousand instants.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from math import floor, inf, sqrt

SAME_SIZE = 8
"""Neighbors of one size; one more merges the two oldest. The count of any window is wrong by 1/16 at most."""
LONGEST = 64
SURPRISE = 1.25
"""Two windows disagree when the roots of their counts differ by more than this: 2.5 standard deviations."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrivals:
    """Neighboring instants: when the first was, how many there are, and how many jobs came at them."""

    began: float
    instants: int
    jobs: int


Histogram = tuple[Arrivals, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """What the arrivals say about the next ones.

    Attributes:
        per_s: jobs per second at present.
        usual: jobs per second before they changed; the same while nothing has.
        variance: of the jobs per second, while it is open whether a change lasts.
        instants: instants behind the present rate.
        seconds: how far back they reach.
    """

    per_s: float = 0.0
    usual: float = 0.0
    variance: float = 0.0
    instants: int = 0
    seconds: float = 0.0


def added(seen: Histogram, time: float) -> Histogram:
    """The histogram after a job that came then. Jobs of one second came at one instant, as a batch."""
    if seen:
        last = seen[-1]
        time = max(time, last.began)
        if last.instants == 1 and floor(time) == floor(last.began):
            return (*seen[:-1], Arrivals(began=last.began, instants=1, jobs=last.jobs + 1))
    grown, size = [*seen, Arrivals(began=time, instants=1, jobs=1)], 1
    end = len(grown)
    while (begin := _first_of(grown, size, end)) < end - SAME_SIZE:
        one, two = grown[begin], grown[begin + 1]
        merged = Arrivals(began=one.began, instants=one.instants + two.instants, jobs=one.jobs + two.jobs)
        grown[begin : begin + 2] = [merged]
        size, end = 2 * size, begin + 1
    return tuple(grown[-LONGEST:])


def not_after(seen: Histogram, now: float) -> Histogram:
    """The histogram under a clock that was set back: the same gaps, the last of them until now."""
    if not seen or seen[-1].began <= now:
        return seen
    ahead = seen[-1].began - now
    return tuple(replace(one, began=one.began - ahead) for one in seen)


def rate(seen: Histogram, now: float, shortest_s: float) -> Rate:
    """The rate over the longest window that no shorter one contradicts (Lepski's rule).

    A window begins at an instant, which therefore says nothing about the rate: one batch alone is no stream.
    """
    low, high, per_s, behind, reach = 0.0, inf, 0.0, 0, 0.0
    instants, jobs, enough = 0, 0, 2
    for one in reversed(seen):
        instants += one.instants
        jobs += one.jobs
        if instants < enough and one is not seen[0]:
            continue
        enough, count = 2 * instants, instants - 1
        age = now - one.began
        seconds = max(age, shortest_s)
        per_second = count / seconds
        if not low <= per_second <= high:
            return Rate(per_s=per_s, usual=_before(seen, now - reach), instants=behind, seconds=reach)
        per_s, behind, reach = per_second * jobs / instants, instants, seconds
        fewest, most = _no_surprise(count)
        low = max(low, fewest / seconds)
        if age >= shortest_s:
            high = min(high, most / seconds)
    return Rate(per_s=per_s, usual=per_s, instants=behind, seconds=reach)


def span(seen: Histogram, jobs: float, now: float) -> float:
    """Seconds since the last so many jobs began to come, or since the first known one."""
    left = jobs
    for one in reversed(seen):
        left -= one.jobs
        if left <= 0:
            return now - one.began
    return now - seen[0].began if seen else 0.0


def jobs_since(seen: Histogram, time: float) -> int:
    """Jobs that came after this time, up to those of one entry."""
    return sum(one.jobs for one in seen if one.began > time)


@lru_cache(maxsize=256)
def _no_surprise(count: int) -> tuple[float, float]:
    """The mean counts, from the least to the most, that this count does not disagree with."""
    return max(0.0, sqrt(count) - SURPRISE) ** 2, (sqrt(count + 1) + SURPRISE) ** 2


def _first_of(entries: list[Arrivals], size: int, end: int) -> int:
    """Where the row of entries of this size begins that ends here."""
    while end and entries[end - 1].instants <= size:
        end -= 1
    return end


def _before(seen: Histogram, until: float) -> float:
    """Jobs per second before that time."""
    earlier = [one for one in seen if one.began < until]
    return sum([one.jobs for one in earlier]) / (until - earlier[0].began) if earlier else 0.0
