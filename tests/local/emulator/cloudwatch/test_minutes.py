"""Minutes of CloudWatch end when they are said to, whatever the clock says."""

from local.emulator.cloudwatch.minutes import Minutes


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
