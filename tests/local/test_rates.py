"""Rate expressions: their period, and what is refused."""

import pytest

from local.rates import RateError, is_rate, period_s


@pytest.mark.parametrize(
    ("expression", "seconds"), [("rate(1 minute)", 60), ("rate(2 hours)", 7200), ("rate(3 days)", 259_200)]
)
def test_a_rate_has_a_period(expression: str, seconds: int) -> None:
    assert period_s(expression) == seconds


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("rate(soon)", "is not a rate"),
        ("rate(5 weeks)", "is not a rate"),
        ("cron(0 12 * * ? *)", "is not a rate"),
        ("rate(0 minutes)", "at least 1"),
        ("rate(1 minutes)", "1 goes with minute"),
        ("rate(5 minute)", "1 goes with minute"),
    ],
)
def test_what_is_no_rate_is_refused_with_the_reason(expression: str, reason: str) -> None:
    with pytest.raises(RateError, match=reason):
        period_s(expression)


def test_other_kinds_of_schedules_are_not_meant_as_rates() -> None:
    assert is_rate("rate(often)")
    assert not is_rate("at(2030-01-31T12:00:00)")
