"""Statistics of the samples of one period.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
"""

import math
import re
from collections.abc import Callable, Sequence

from local.emulator.cloudwatch.series import Sample

_PLAIN: dict[str, Callable[[Sequence[Sample]], float]] = {
    "SampleCount": lambda samples: sum(one.count for one in samples),
    "Sum": lambda samples: sum(one.total for one in samples),
    "Average": lambda samples: sum(one.total for one in samples) / sum(one.count for one in samples),
    "Minimum": lambda samples: min(one.lowest for one in samples),
    "Maximum": lambda samples: max(one.highest for one in samples),
}
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")
_RANGE = re.compile(r"(TC|PR)\((\d+(?:\.\d+)?)?:(\d+(?:\.\d+)?)?\)")


class StatisticError(Exception):
    """A statistic that CloudWatch has and the emulator lacks, or that nobody has."""


def statistic(name: str) -> Callable[[Sequence[Sample]], float | None]:
    """How a statistic is computed; the result is None without samples.

    Raises:
        StatisticError: It is not known here.
    """
    if plain := _PLAIN.get(name):
        return lambda samples: plain(samples) if samples else None
    if found := _PERCENTILE.fullmatch(name):
        percent = float(found[1])
        return lambda samples: _percentile(_raw(samples), percent)
    if found := _RANGE.fullmatch(name):
        above = -math.inf if found[2] is None else float(found[2])
        most = math.inf if found[3] is None else float(found[3])
        share = found[1] == "PR"
        return lambda samples: _within(_raw(samples), above, most, share=share)
    raise StatisticError(
        f"The emulator does not know the statistic {name!r}; it knows {', '.join(_PLAIN)}, percentiles such "
        "as p99, and TC and PR with bounds such as TC(:0.5)."
    )


def _raw(samples: Sequence[Sample]) -> list[tuple[float, float]]:
    """Values in order, each with how often it was measured; of sums the values are not known any more."""
    return sorted((one.lowest, one.count) for one in samples if one.lowest == one.highest)


def _percentile(values: Sequence[tuple[float, float]], percent: float) -> float | None:
    """The lowest value that as many percent of the values do not exceed."""
    wanted, seen = sum(count for _, count in values) * percent / 100, 0.0
    for value, count in values:
        seen += count
        if seen >= wanted:
            return value
    return None


def _within(values: Sequence[tuple[float, float]], above: float, most: float, *, share: bool) -> float | None:
    """How many values are higher than the one bound and at most the other, or which percentage."""
    if not values:
        return None
    inside = sum(count for value, count in values if above < value <= most)
    return 100 * inside / sum(count for _, count in values) if share else inside
