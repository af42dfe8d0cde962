"""What state the data points of an alarm call for. Pure: no clock, no store.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

MORE_THAN_NEEDED = 2
"""Data points beyond the evaluation periods that are looked at as well: 5 for 3 in the page's examples."""

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


class State(StrEnum):
    """The states of an alarm."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class Missing(StrEnum):
    """How an alarm treats missing data points."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """When an alarm rings: so many of so many data points that compare so with the threshold."""

    periods: int
    to_alarm: int
    comparison: str
    threshold: float
    missing: Missing


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A state and why; without a state the alarm stays as it is."""

    state: State | None
    reason: str


def judge(points: Sequence[float | None], terms: Terms) -> Outcome:
    """The state after these data points, the newest last; `None` is a missing one."""
    real = [point for point in points if point is not None]
    lacking = max(0, terms.periods - len(real))
    breaching = _breaching(real if lacking else real[-terms.periods :], terms)
    if not lacking or breaching >= terms.to_alarm:
        return _counted(breaching, real[-terms.periods :], terms)
    if terms.missing is Missing.BREACHING:
        return _counted(breaching + lacking, real, terms)
    if terms.missing is Missing.NOT_BREACHING:
        return _counted(breaching, real, terms)
    if not real:
        lost = State.INSUFFICIENT_DATA if terms.missing is Missing.MISSING else None
        return Outcome(state=lost, reason="no data points were received")
    if _early(points, terms):
        early = State.ALARM if terms.missing is Missing.MISSING else None
        return Outcome(state=early, reason=f"every data point since the oldest one was {_beyond(terms)}")
    return _counted(breaching, real, terms)


def _counted(breaching: int, real: Sequence[float], terms: Terms) -> Outcome:
    rings = breaching >= terms.to_alarm
    shown = ", ".join(f"{value:g}" for value in reversed(real)) or "none"
    return Outcome(
        state=State.ALARM if rings else State.OK,
        reason=f"{breaching} of the last {terms.periods} data points [{shown}] were {_beyond(terms)} "
        f"(minimum {terms.to_alarm} for OK -> ALARM), missing ones being {terms.missing}",
    )


def _early(points: Sequence[float | None], terms: Terms) -> bool:
    """Whether all there is breaches, and the oldest of it is as old as so many data points to alarm."""
    oldest = next(age for age, point in enumerate(points) if point is not None)
    return (
        all(point is None or _breaches(point, terms) for point in points)
        and len(points) - oldest >= terms.to_alarm
    )


def _breaching(points: Sequence[float], terms: Terms) -> int:
    return sum(_breaches(point, terms) for point in points)


def _breaches(point: float, terms: Terms) -> bool:
    return COMPARISONS[terms.comparison](point, terms.threshold)


def _beyond(terms: Terms) -> str:
    words = terms.comparison.removesuffix("Threshold").removesuffix("To")
    spelled = "".join(f" {sign.lower()}" if sign.isupper() else sign for sign in words).strip()
    return f"{spelled} the threshold ({terms.threshold:g})"
