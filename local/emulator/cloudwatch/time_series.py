"""Time series, and what operators and functions make of them by CloudWatch's rules for missing values.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

Series: TypeAlias = Mapping[float, float]
"""The value at the beginning of each period; a period without one is missing."""
Value: TypeAlias = "float | Series | list[Series]"


class ExpressionError(Exception):
    """An expression that is wrong, or that needs what the emulator does not know; the text says which."""


def combined(compute: Callable[[float, float], float], left: Value, right: Value) -> Value:
    """The result for each period; a missing value is 0, and what cannot be computed is dropped.

    Raises:
        ExpressionError: Two numbers that cannot be combined, or two arrays of different lengths.
    """
    if isinstance(left, list) or isinstance(right, list):
        results = [combined(compute, one, other) for one, other in _paired(left, right)]
        return [series for series in results if isinstance(series, Mapping)]
    if isinstance(left, float) and isinstance(right, float):
        value = _computed(compute, left, right)
        if value is None:
            raise ExpressionError("An expression of numbers alone divides by zero.")
        return value
    times = sorted({at for side in (left, right) if isinstance(side, Mapping) for at in side})
    found = {at: _computed(compute, _at(left, at), _at(right, at)) for at in times}
    return {at: value for at, value in found.items() if value is not None}


def chosen(condition: Value, yes: Value, no: Value) -> Value:
    """IF: a missing value is 0 where the condition holds, and dropped where it does not.

    Raises:
        ExpressionError: One of them is an array.
    """
    if isinstance(condition, float):
        return yes if condition else no
    if isinstance(condition, list) or isinstance(yes, list) or isinstance(no, list):
        raise ExpressionError("IF takes numbers and single time series.")
    return {
        at: _at(yes, at) if holds else _at(no, at)
        for at, holds in condition.items()
        if holds or isinstance(no, float) or at in no
    }


def reduced(reduce: Callable[[list[float]], float], value: Value) -> Value:
    """Of an array a series, the values of each period reduced to one; of a series a number."""
    if isinstance(value, list):
        times = sorted({at for series in value for at in series})
        return {at: reduce([_at(series, at) for series in value]) for at in times}
    if isinstance(value, Mapping):
        return reduce(list(value.values()) or [0.0])
    return reduce([value])


def repeated(series: Series, grid: Sequence[float]) -> Series:
    """FILL with REPEAT: the last value before a missing one."""
    filled, last = dict[float, float](), None
    for at in grid:
        last = series.get(at, last)
        if last is not None:
            filled[at] = last
    return filled


def _at(value: "float | Series", at: float) -> float:
    return value if isinstance(value, float) else value.get(at, 0.0)


def _paired(left: Value, right: Value) -> list[tuple[Value, Value]]:
    if isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            raise ExpressionError("Two arrays of time series must be of one length.")
        return list(zip(left, right, strict=True))
    if isinstance(left, list):
        return [(series, right) for series in left]
    return [(left, series) for series in right] if isinstance(right, list) else []


def _computed(compute: Callable[[float, float], float], left: float, right: float) -> float | None:
    try:
        value = float(compute(left, right))
    except (ZeroDivisionError, OverflowError, TypeError):  # the last: a root of a negative number
        return None
    return value if math.isfinite(value) else None
