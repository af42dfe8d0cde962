"""Metric math: the examples of AWS's page, and what is refused.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from collections.abc import Sequence

import pytest

from local.emulator.cloudwatch.expressions import Scope, evaluate
from local.emulator.cloudwatch.time_series import ExpressionError, Series

_ = None  # a missing value


def series(values: Sequence[float | None]) -> Series:
    return {float(at): float(value) for at, value in enumerate(values) if value is not None}


def computed(expression: str, **given: Sequence[float | None]) -> list[float | None]:
    length = max(len(values) for values in given.values())
    scope = Scope(
        series=lambda name: series(given[name]),
        metrics=list(given),
        grid=[float(at) for at in range(length)],
        period=60,
    )
    found = evaluate(expression, scope)
    return [found.get(float(at)) for at in range(length)]


ONE, TWO = [30, 20, 0, 0], [20, _, 20, _]


@pytest.mark.parametrize(
    ("expression", "output"),
    [
        ("(metric1 < metric2)", [0, 0, 1, 0]),
        ("(metric1 >= 30)", [1, 0, 0, 0]),
        ("(metric1 > 15 AND metric2 > 15)", [1, 0, 0, 0]),
        ("metric1 > 15 && metric2 > 15", [1, 0, 0, 0]),
        ("metric1 > 25 || metric2 > 15", [1, 0, 1, 0]),
    ],
)
def test_comparisons_and_logic_of_the_page(expression: str, output: list[float | None]) -> None:
    assert computed(expression, metric1=ONE, metric2=TWO) == output


@pytest.mark.parametrize(
    ("expression", "output"),
    [
        ("IF(metric1, metric2, metric3)", [30, 0, 20, _, _]),
        ("IF(metric1, 5, metric3)", [5, 5, 20, _, _]),
        ("IF(metric1, metric2, 5)", [30, 0, 5, 5, _]),
        ("IF(metric1, metric2)", [30, 0, _, _, _]),
        ("IF(1, metric2, metric3)", [30, _, 0, 0, 30]),
    ],
)
def test_if_of_the_page(expression: str, output: list[float | None]) -> None:
    given = {"metric1": [1, 1, 0, 0, _], "metric2": [30, _, 0, 0, 30], "metric3": [0, 0, 20, _, 20]}
    assert computed(expression, **given) == output


@pytest.mark.parametrize(
    ("expression", "output"),
    [
        ("m1 + m2", [3, 1, 4]),
        ("m1 / m2", [0.5, _, 0]),
        ("-m1", [-1, -1, _]),
        ("m1 * 2 ^ 3", [8, 8, _]),
        ("FILL(m1, 0)", [1, 1, 0]),
        ("FILL(m2, REPEAT)", [2, 2, 4]),
        ("SUM([m1, m2])", [3, 1, 4]),
        ("SUM(METRICS())", [3, 1, 4]),
        ('MAX(METRICS("m2"))', [2, _, 4]),
        ("m2 - MIN(m2)", [0, _, 2]),
        ("m1 / PERIOD(m1)", [1 / 60, 1 / 60, _]),
        ("TIME_SERIES(7)", [7, 7, 7]),
        ("100 / [m1, m2]", None),
    ],
)
def test_arithmetic_and_functions(expression: str, output: list[float | None] | None) -> None:
    if output is None:
        with pytest.raises(ExpressionError, match="must come to one time series"):
            computed(expression, m1=[1, 1, _], m2=[2, _, 4])
    else:
        assert computed(expression, m1=[1, 1, _], m2=[2, _, 4]) == output


def test_a_burn_rate_counts_only_periods_with_enough_requests() -> None:
    burn = "IF(FILL(r, 0) >= 100, (FILL(t, 0) + FILL(l, 0)) / FILL(r, 0) / 0.001, 0)"
    assert computed(burn, r=[200, 50, _], t=[2, 40, _], l=[_, 2, 3]) == [10, 0, 0]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("SEARCH('{x}', 'Sum')", "does not know"),
        ("RATE(m1)", "functions ABS, AVG"),
        ("m1 if m1 else m1", "does not know"),
        ("__import__('os')", "does not know"),
        ("m1.real", "does not know"),
        ("m1 +", "is no expression"),
        ("FILL(m1)", "takes 2 arguments"),
        ("FILL(m1, m1)", "must be a number"),
        ("1 / 0", "divides by zero"),
        ("5", "must come to one time series"),
        ("m1" + " + m1" * 600, "may have 2048 characters"),
    ],
)
def test_what_is_wrong_or_not_known_is_refused_by_name(expression: str, said: str) -> None:
    with pytest.raises(ExpressionError, match=said):
        computed(expression, m1=[1, 1])
