"""What a policy came to on a trace."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import fmean

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Score:
    """Waits in seconds, cost in instance-hours and money, and what went wrong."""

    policy: str
    trace: str
    jobs: int
    p50: float
    p95: float
    p99: float
    longest: float
    mean: float
    hours: float
    cost: float
    launches: int
    kills: int
    interrupted: int
    lost: int
    peak: int
    looks: int


def percentiles(waits: NDArray[np.float64]) -> tuple[float, float, float, float, float]:
    """p50, p95, p99, maximum and mean."""
    if not waits.size:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    p50, p95, p99 = (float(one) for one in np.percentile(waits, (50, 95, 99)))
    return p50, p95, p99, float(waits.max()), float(waits.mean())


def mean(scores: Sequence[Score]) -> Score:
    """The mean of scores on several traces. Counts are rounded up, so that no lost render vanishes."""
    return Score(
        policy=" or ".join(dict.fromkeys(one.policy for one in scores)),
        trace=scores[0].trace,
        jobs=ceil(fmean(one.jobs for one in scores)),
        p50=fmean(one.p50 for one in scores),
        p95=fmean(one.p95 for one in scores),
        p99=fmean(one.p99 for one in scores),
        longest=fmean(one.longest for one in scores),
        mean=fmean(one.mean for one in scores),
        hours=fmean(one.hours for one in scores),
        cost=fmean(one.cost for one in scores),
        launches=ceil(fmean(one.launches for one in scores)),
        kills=ceil(fmean(one.kills for one in scores)),
        interrupted=ceil(fmean(one.interrupted for one in scores)),
        lost=ceil(fmean(one.lost for one in scores)),
        peak=ceil(fmean(one.peak for one in scores)),
        looks=ceil(fmean(one.looks for one in scores)),
    )
