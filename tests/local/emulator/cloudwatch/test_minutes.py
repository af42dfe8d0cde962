"""Minutes of CloudWatch end when they are said to, whatever the clock says."""

import pytest

from local.emulator.cloudwatch.minutes import NEAR, Minutes


def test_periods_begin_and_end_where_minutes_ended() -> None:
    minutes = Minutes()
    for at in (100.0, 103.0, 130.0, 133.0):
        minutes.end(at)
    assert minutes.edges(60, 3) == [100.0, 103.0, 130.0, 133.0]
    assert minutes.edges(120, 1) == [103.0, 133.0]


def test_before_the_first_minute_they_are_those_of_the_clock() -> None:
    minutes = Minutes()
    minutes.end(1000.0)
    minutes.end(1003.0)
    assert minutes.edges(60, 3) == [880.0, 940.0, 1000.0, 1003.0]
    assert minutes.edges(180, 1) == [880.0, 1003.0]


def test_seconds_of_cloudwatch_pass_by_the_minute() -> None:
    minutes = Minutes()
    assert minutes.now == 0
    minutes.end(1000.0)
    minutes.end(1001.0)
    assert minutes.now == 120


def test_skipped_minutes_hold_nothing_and_lie_behind_the_latest_ones() -> None:
    minutes = Minutes()
    for at in range(10):
        minutes.end(1000.0 + 3 * at)
    minutes.skip(360)
    assert minutes.edges(60, NEAR) == [1012.0, 1015.0, 1018.0, 1021.0, 1024.0, 1027.0]
    assert minutes.edges(60 * 365, 1) == [1012.0, 1027.0]
    assert minutes.edges(60 * 366, 1) == [1009.0, 1027.0]
    assert minutes.now == 370 * 60


def test_minutes_are_skipped_only_behind_known_ones() -> None:
    minutes = Minutes()
    for at in range(NEAR):
        minutes.end(float(at))
    with pytest.raises(ValueError, match="5 minutes have ended; more than 5 must have"):
        minutes.skip(1)
