"""Dashboard and alarms name only metrics that the scaler sends, with its dimensions."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from handlers.scaler import metrics

SENT = {metric.name for metric in metrics.METRICS}
HOW_TO = "handlers/scaler/metrics.py is the table of our metrics"


def shown(program: Any, stack: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each of our metrics on the dashboard, with its dimensions."""
    (dashboard,) = program(stack).of("aws:cloudwatch/dashboard:Dashboard")
    for widget in json.loads(dashboard.inputs["dashboardBody"])["widgets"]:
        for namespace, name, *rest in widget["properties"]["metrics"]:
            if namespace == metrics.NAMESPACE:
                flat = [part for part in rest if isinstance(part, str)]
                yield name, dict(zip(flat[::2], flat[1::2], strict=True))


def watched(program: Any, stack: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each of our metrics with an alarm, with its dimensions."""
    for alarm in program(stack).of("aws:cloudwatch/metricAlarm:MetricAlarm"):
        if alarm.inputs["namespace"] == metrics.NAMESPACE:
            yield alarm.inputs["metricName"], alarm.inputs["dimensions"]


@pytest.mark.parametrize("found", [shown, watched])
@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_what_is_shown_and_watched_is_sent(program: Any, stack: str, found: Any) -> None:
    named = list(found(program, stack))
    assert len(named) >= 2, "nothing was found: this test would prove nothing"
    for name, dimensions in named:
        assert name in SENT, HOW_TO
        sent = metrics.dimensions(stack, dimensions["fleet"])
        assert dimensions == {"service": metrics.SERVICE, **sent}, HOW_TO
