"""Below the floor of an objective no alarm rings, so a day without events shows nothing."""

from typing import Any

import pytest

from cli.incidents.volume import most, watched

METRIC = {"Namespace": "ClipIt", "MetricName": "RendersEnded"}


def alarm(expression: str) -> Any:
    stats = [
        {"Id": name, "MetricStat": {"Metric": METRIC, "Period": 300, "Stat": "Sum"}}
        for name in ("s", "f", "z")
    ]
    return {"AlarmName": "burning", "Metrics": [*stats, {"Id": "burn", "Expression": expression}]}


def test_an_alarm_on_an_objective_says_what_it_counts_and_how_many_it_needs() -> None:
    found = watched(alarm("IF(FILL(s,0)+FILL(f,0)>=4,(FILL(f,0))/(FILL(s,0)+FILL(f,0))/0.01,0)"))
    assert found
    assert (found.floor, found.minutes, len(found.sources)) == (4, 5, 2)


@pytest.mark.parametrize("other", [{"AlarmName": "errors"}, alarm("FILL(m,0)")])
def test_other_alarms_need_no_events(other: Any) -> None:
    assert watched(other) is None


@pytest.mark.parametrize(("minutes", "count"), [(1, 5), (2, 8), (3, 10), (60, 10)])
def test_the_best_minutes_that_follow_one_another_count(minutes: int, count: float) -> None:
    counts = {0.5: 2.0, 3.1: 5.0, 7.0: 3.0, 9.0: 100.0}
    assert most(counts, [0.0, 3.0, 6.0, 9.0], minutes) == count
