"""Whoever reads the table's stream is watched for reading it late."""

import pytest


@pytest.mark.parametrize("stack", ["local", "dev", "prod"])
def test_every_reader_of_the_stream_has_an_alarm_for_lag(program, stack) -> None:
    world = program(stack)
    readers = {
        one.name
        for one in world.of("aws:lambda/eventSourceMapping:EventSourceMapping")
        if "startingPosition" in one.inputs
    }
    lagging = {
        one.name.removeprefix("observability-").removesuffix("-FunctionLags")
        for one in world.of("aws:cloudwatch/metricAlarm:MetricAlarm")
        if one.name.endswith("-FunctionLags")
    }
    assert readers == lagging
    assert len(readers) >= 2
