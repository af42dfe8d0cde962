"""The benchmark of the scaler prints time and calls, and counts the calls where they leave the machine."""

from dataclasses import replace

import pytest

from benchmarks import scaler
from benchmarks.look_calls import looks
from simulator.standard import LIMITS


def test_it_prints_time_and_the_calls_it_has_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert scaler.main() == 0
    printed = capsys.readouterr().out
    others = "DescribeAutoScalingGroups 1, Query 2, GetQueueAttributes 2"
    assert f"look    6 AWS calls (allowed 6), first look of a copy: GetItem 1, {others}\n" in printed
    assert f"look with overdue launches: {others}, DescribeScalingActivities 1\n" in printed


@pytest.mark.long
def test_the_far_end_pages_as_dynamodb_does() -> None:
    """So many workers do not fit into one answer: the count is no constant."""
    counted = looks(replace(LIMITS, maximum=9_000), jobs=10, instances=5_000)
    assert counted["first look of a copy"]["Query"] > 2
