"""Up to how many instances are worth having: the queueing theory, as plain functions."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp, floor, inf

LEAST_SPREAD = 0.05
"""Variance over mean is not less than this."""
NEGLIGIBLE = 1e-3
"""Smaller chances, and smaller parts of an instance, are none."""
CERTAIN = 40.0
"""With so many departures expected, nobody waits until the end of the time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """What will be in work when a launch of now is ready, if nobody has to wait.

    Attributes:
        mean: jobs expected.
        variance: of that number.
        new: those of the expected jobs that come until then.
        rate: arrivals per second.
        leaving: renders expected to end within the objective.
        leaving_boot: renders expected to end within a boot.
    """

    mean: float
    variance: float
    new: float
    rate: float
    leaving: float
    leaving_boot: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Costs:
    """What it costs to be without an instance that is wanted, in seconds of an instance.

    Attributes:
        late_start: one start after the objective, at the present price.
        dearest: the same at the highest price.
        launch: one launch.
    """

    late_start: float
    dearest: float
    launch: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Levels:
    """Up to how many instances are worth launching and keeping.

    Attributes:
        launch: launch up to this many ahead.
        keep: keep up to this many.
        affordable: this many would be launched ahead at the highest price.
        next_gap_s: mean seconds before the first instance that is not worth keeping would be wanted.
    """

    launch: int
    keep: int
    affordable: int
    next_gap_s: float


def levels(load: Load, costs: Costs, most: int) -> Levels:
    """The instances that are wanted again sooner than they cost to be without.

    The jobs in work follow Panjer's recursion `f(k) = (a + b / k) f(k - 1)`: Poisson, binomial or negative
    binomial by their variance. The mean time from n jobs in work to n + 1 is `gap(n) / rate` with
    `gap(n) = 1 + gap(n - 1) f(n - 1) / f(n)`. To be without the instance then costs a late start, if no
    render ends in time, and a launch, if none ends within a boot. A launch of now costs as much as one of
    later, so it is worth less to launch ahead than to keep.
    """
    if load.rate <= 0 or load.mean <= 0:
        return Levels(launch=0, keep=0, affordable=0, next_gap_s=inf)
    scale = load.mean / max(load.variance, LEAST_SPREAD * load.mean)
    a = 1 - scale
    b = load.mean * scale - a
    in_time, in_a_boot = _poisson(load.leaving), _poisson(load.leaving_boot)
    # Fewer instances than the new renders keep busy let the queue grow without end.
    stable = ceil(load.new) if load.new >= 1 else 0
    least = min(max(floor(load.mean), stable), most)
    gaps = _gaps(a, b, range(least, most), load.rate * (costs.dearest + costs.launch))
    ratios = [a + b / k for k in range(least + 1, len(gaps) + max(len(in_time), len(in_a_boot)))]
    late: dict[int, float] = {}

    def worth(late_start: float, launch: float, beyond: int = least) -> int:
        """The first instance that is not: gaps grow with the number, and what one more saves falls."""

        def is_wanted_too_late(n: int) -> bool:
            if n not in late:
                late[n] = _unhelped(ratios[n - least :], in_time)
            saved = late_start * late[n]
            if launch:
                saved += launch * _unhelped(ratios[n - least :], in_a_boot)
            return load.rate * saved < gaps[n]

        return bisect_left(range(len(gaps)), 1, lo=beyond, key=is_wanted_too_late)

    ahead = worth(costs.late_start, 0.0)
    keep = worth(costs.late_start, costs.launch, ahead)
    return Levels(
        launch=ahead,
        keep=keep,
        affordable=worth(costs.dearest, 0.0, ahead),
        next_gap_s=gaps[keep] / load.rate if keep < len(gaps) else inf,
    )


def _gaps(a: float, b: float, asked: range, longest: float) -> list[float]:
    """The mean gaps before one more is wanted, in mean times between arrivals.

    They end with the last instance that is asked about, or with the first of those with too long a gap.
    """
    gaps, gap = [], 1.0
    for n in range(asked.stop):
        if n:
            ratio = a + b / n
            gap = 1 + gap / ratio if ratio > 0 else inf
        gaps.append(gap)
        if gap > longest and n >= asked.start:
            break
    return gaps


def _unhelped(ratios: Sequence[float], departures: Sequence[float]) -> float:
    """Jobs that an instance beyond n saves, for each that finds n in work: those that no departure helps.

    The ratios are those of f(n + 1) to f(n), of f(n + 2) to f(n + 1), and so on.
    """
    lost, share = 0.0, 1.0
    for chance, ratio in zip(departures, ratios, strict=False):
        lost += chance * share
        share *= ratio
        if share < NEGLIGIBLE:
            break
    return lost


def _poisson(mean: float) -> tuple[float, ...]:
    """The chances of so many departures, as far as they are not negligible."""
    if mean > CERTAIN:
        return ()
    chance = exp(-mean)
    chances, left = [chance], 1 - chance
    while left >= NEGLIGIBLE:
        chance = chance * mean / len(chances)
        chances.append(chance)
        left -= chance
    return tuple(chances)
