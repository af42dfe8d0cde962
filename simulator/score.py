"""What a policy came to on a trace."""

from dataclasses import dataclass

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
