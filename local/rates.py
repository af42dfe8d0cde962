"""Rate expressions of schedules and associations, such as `rate(30 minutes)`.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
https://docs.aws.amazon.com/systems-manager/latest/userguide/reference-cron-and-rate-expressions.html
"""

import re

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)(s?)\)")
_UNITS_S = {"minute": 60, "hour": 3600, "day": 86_400}


class RateError(ValueError):
    """An expression is not a rate; the text says why."""


def is_rate(expression: str) -> bool:
    """Whether an expression means to be a rate, rather than a cron expression or one point in time."""
    return expression.startswith("rate(")


def period_s(expression: str) -> int:
    """Seconds from one invocation to the next.

    Raises:
        RateError: It is not a rate, its number is zero, or number and unit do not agree.
    """
    rate = _RATE.fullmatch(expression)
    if rate is None:
        raise RateError(f"{expression!r} is not a rate; write rate(<number> <minutes, hours or days>)")
    number, unit, plural = int(rate[1]), rate[2], bool(rate[3])
    if number == 0:
        raise RateError(f"{expression!r}: the number must be at least 1")
    if plural is (number == 1):
        raise RateError(
            f"{expression!r}: 1 goes with minute, hour or day, other numbers with minutes, hours or days"
        )
    return number * _UNITS_S[unit]
