"""Statistics as AWS defines them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
"""

import pytest

from local.emulator.cloudwatch.series import Sample
from local.emulator.cloudwatch.statistics import StatisticError, statistic

TENTHS = [Sample.of(0, n / 10) for n in range(1, 11)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SampleCount", 10),
        ("Sum", 5.5),
        ("Average", 0.55),
        ("Minimum", 0.1),
        ("Maximum", 1.0),
        ("p50", 0.5),
        ("p99", 1.0),
        ("p99.9", 1.0),
        ("TC(:0.5)", 5),  # "uses only the values that equal 0.5 or are lower"
        ("TC(0.2:0.5)", 3),  # 0.2 exclusive, 0.5 inclusive
        ("TC(0.5:)", 5),
        ("PR(:0.3)", 30),
    ],
)
def test_values_of_a_period(name: str, value: float) -> None:
    assert statistic(name)(TENTHS) == pytest.approx(value)


@pytest.mark.parametrize("name", ["Sum", "p50", "TC(:1)", "Average"])
def test_a_period_without_samples_has_no_value(name: str) -> None:
    assert statistic(name)([]) is None


def test_a_statistic_set_has_sums_but_no_percentiles_unless_all_its_values_are_one() -> None:
    sums = Sample(at=0, count=4, total=10, lowest=1, highest=4)
    assert statistic("Average")([sums]) == 2.5
    assert statistic("p50")([sums]) is None
    assert statistic("p50")([Sample.of(0, 3, count=4)]) == 3


@pytest.mark.parametrize("name", ["tm90", "IQM", "TC(10%:90%)", "WM(1:2)", "Median"])
def test_what_is_not_known_is_refused_by_name(name: str) -> None:
    with pytest.raises(StatisticError, match="it knows SampleCount"):
        statistic(name)
