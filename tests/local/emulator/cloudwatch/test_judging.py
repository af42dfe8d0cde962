"""Alarms are judged as AWS's page on missing data says: its tables, row by row.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

import pytest

from local.emulator.cloudwatch.judging import COMPARISONS, Missing, State, Terms, judge

OK, ALARM, UNKNOWN, KEPT = State.OK, State.ALARM, State.INSUFFICIENT_DATA, None

# "0 is a non-breaching data point, X is a breaching data point, and - is a missing data point", newest last.
THREE_OF_THREE = {
    "0 - X - X": (OK, OK, OK, OK),
    "0 - - - -": (OK, OK, OK, OK),
    "- - - - -": (UNKNOWN, KEPT, ALARM, OK),
    "0 X X - X": (ALARM, ALARM, ALARM, ALARM),
    "- - X - -": (ALARM, KEPT, ALARM, OK),
}
TWO_OF_THREE = {
    "0 - X - X": (ALARM, ALARM, ALARM, ALARM),
    "0 0 X 0 X": (ALARM, ALARM, ALARM, ALARM),
    "0 - X - -": (OK, OK, ALARM, OK),
    "- - - - 0": (OK, OK, ALARM, OK),
    "- - - X -": (ALARM, KEPT, ALARM, OK),
}
COLUMNS = (Missing.MISSING, Missing.IGNORE, Missing.BREACHING, Missing.NOT_BREACHING)
CASES = [
    pytest.param(row, to_alarm, missing, state, id=f"{to_alarm} of 3, {row}, {missing}")
    for to_alarm, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE))
    for row, states in table.items()
    for missing, state in zip(COLUMNS, states, strict=True)
]


def points(row: str) -> list[float | None]:
    return [{"0": 0.0, "X": 1.0, "-": None}[sign] for sign in row.split()]


def terms(to_alarm: int, missing: Missing = Missing.MISSING, periods: int = 3) -> Terms:
    return Terms(
        periods=periods, to_alarm=to_alarm, comparison="GreaterThanThreshold", threshold=0.5, missing=missing
    )


@pytest.mark.parametrize(("row", "to_alarm", "missing", "state"), CASES)
def test_the_tables_of_the_page(row: str, to_alarm: int, missing: Missing, state: State | None) -> None:
    assert judge(points(row), terms(to_alarm, missing)).state is state


@pytest.mark.parametrize("row", ["- - - - X", "- - - X -", "- - - X 0", "- - X - 0"])
def test_a_breaching_point_that_is_too_young_does_not_ring_yet(row: str) -> None:
    assert judge(points(row), terms(3)).state is not ALARM


def test_a_lone_good_point_in_the_range_outweighs_missing_ones_that_are_bad() -> None:
    """So an alarm that treats missing data as breaching rings periods later than its page may expect."""
    one = terms(1, Missing.BREACHING, periods=1)
    assert judge(points("0 - -"), one).state is OK
    assert judge(points("- - -"), one).state is ALARM


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [
        ("GreaterThanOrEqualToThreshold", [5, 6]),
        ("GreaterThanThreshold", [6]),
        ("LessThanThreshold", [4]),
        ("LessThanOrEqualToThreshold", [4, 5]),
    ],
)
def test_each_comparison_breaches_on_its_side(comparison: str, breaching: list[int]) -> None:
    of = Terms(periods=1, to_alarm=1, comparison=comparison, threshold=5, missing=Missing.MISSING)
    assert [value for value in (4, 5, 6) if judge([float(value)], of).state is ALARM] == breaching
    assert comparison in COMPARISONS


def test_the_reason_names_points_comparison_and_threshold() -> None:
    said = judge(points("X X X"), terms(3)).reason
    assert said.startswith("3 of the last 3 data points [1, 1, 1] were greater than the threshold (0.5)")
