"""Up to how many instances are worth having: the queueing theory, as plain functions."""

from dataclasses import dataclass
from itertools import count
from math import exp, floor, inf

LEAST_SPREAD = 0.05
"""Variance over mean is not less than this."""
NEGLIGIBLE = 1e-3
CERTAIN = 40.0
"""With so many departures expected, nobody waits until the end of the time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """What will be in work when a launch of now is ready, if nobody has to wait.

    Attributes:
        mean: jobs expected.
        variance: of that number.
        rate: arrivals per second.
        leaving: renders expected to end within the objective.
        leaving_boot: renders expected to end within a boot.
    """

    mean: float
    variance: float
    rate: float
    leaving: float
    leaving_boot: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Levels:
    """Launch up to so many, keep up to so many, and the mean gap before the next one would be wanted."""

    launch: int
    keep: int
    next_gap_s: float


def levels(load: Load, *, late_start: float, launch: float, most: int) -> Levels:
    """The instances that are wanted again sooner than they cost to be without.

    The jobs in work follow Panjer's recursion `f(k) = (a + b / k) f(k - 1)`: Poisson, binomial or negative
    binomial by their variance. The mean time from n jobs in work to n + 1 is `gap(n) / rate` with
    `gap(n) = 1 + gap(n - 1) f(n - 1) / f(n)`. To be without the instance then costs a late start, if no
    render ends in time, and a launch, if none ends within a boot. A launch of now costs as much as one of
    later, so it is worth less to launch ahead than to keep.
    """
    if load.rate <= 0 or load.mean <= 0:
        return Levels(launch=0, keep=0, next_gap_s=inf)
    scale = load.mean / max(load.variance, LEAST_SPREAD * load.mean)
    a = 1 - scale
    b = load.mean * scale - a
    in_time, in_a_boot = _poisson(load.leaving), _poisson(load.leaving_boot)
    gap, ahead = 1.0, None
    for n in range(most):
        if n:
            gap = 1 + gap / (a + b / n) if a + b / n > 0 else inf
        if n < floor(load.mean):
            continue
        late = late_start * _unhelped(a, b, n, in_time)
        if ahead is None and load.rate * late < gap:
            ahead = n
        if load.rate * (late + launch * _unhelped(a, b, n, in_a_boot)) < gap:
            return Levels(launch=n if ahead is None else ahead, keep=n, next_gap_s=gap / load.rate)
    return Levels(launch=most if ahead is None else ahead, keep=most, next_gap_s=inf)


def _unhelped(a: float, b: float, n: int, departures: tuple[float, ...]) -> float:
    """Jobs that an instance beyond n saves, for each that finds n in work: those that no departure helps."""
    lost, share = 0.0, 1.0
    for place, chance in enumerate(departures, start=n + 1):
        lost += chance * share
        share *= max(0.0, a + b / place)
    return lost


def _poisson(mean: float) -> tuple[float, ...]:
    """The chances of so many departures, as far as they are not negligible."""
    if mean > CERTAIN:
        return ()
    chances = [exp(-mean)]
    left = 1 - chances[0]
    for n in count(1):
        if left < NEGLIGIBLE:
            break
        chances.append(chances[-1] * mean / n)
        left -= chances[-1]
    return tuple(chances)
