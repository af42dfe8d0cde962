"""Durations, times and counts as the console shows them. Pure."""

from datetime import UTC, datetime

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def ago(seconds: float) -> str:
    """A duration in one unit; a clock that runs ahead gives 0 s."""
    shown = max(0.0, seconds)
    if shown < 2 * _MINUTE:
        return f"{shown:.0f} s"
    if shown < 2 * _HOUR:
        return f"{shown / _MINUTE:.0f} min"
    return f"{shown / _HOUR:.0f} h" if shown < 2 * _DAY else f"{shown / _DAY:.0f} d"


def clock(at: float) -> str:
    """The time of the day in UTC."""
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S}"


def count(number: int, one: str, many: str) -> str:
    """A number with what it counts."""
    return f"{number} {one if number == 1 else many}"
