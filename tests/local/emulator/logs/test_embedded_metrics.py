"""Embedded metrics: the specification's example, what Powertools writes, and what is dropped.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
from typing import Any

import pytest
from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from local.emulator.logs.embedded_metrics import samples

EXAMPLE: dict[str, Any] = {
    "_aws": {
        "Timestamp": 1574109732004,
        "CloudWatchMetrics": [
            {
                "Namespace": "lambda-function-metrics",
                "Dimensions": [["functionVersion"], ["functionVersion", "zone"]],
                "Metrics": [{"Name": "time", "Unit": "Milliseconds"}, {"Name": "size"}],
            }
        ],
    },
    "functionVersion": "$LATEST",
    "zone": "a",
    "time": 100,
    "size": [1, 2.5],
}


def found(event: object) -> list[tuple[str, str, float, set[tuple[str, str]]]]:
    return [
        (metric.namespace, metric.name, sample.total, set(metric.dimensions))
        for metric, sample in samples(json.dumps(event))
    ]


def test_each_set_of_dimensions_is_a_metric_and_each_value_a_sample() -> None:
    one, two = {("functionVersion", "$LATEST")}, {("functionVersion", "$LATEST"), ("zone", "a")}
    assert found(EXAMPLE) == [
        ("lambda-function-metrics", name, value, dimensions)
        for dimensions in (one, two)
        for name, value in (("time", 100), ("size", 1), ("size", 2.5))
    ]
    assert {sample.at for _, sample in samples(json.dumps(EXAMPLE))} == {1574109732.004}


def test_a_set_with_a_dimension_that_the_event_lacks_is_dropped() -> None:
    assert len(found({**EXAMPLE, "zone": None})) == 3


@pytest.mark.parametrize(
    "message",
    ["no JSON", '{"a": 1}', '{"_aws": 1}', '{"_aws": {"Timestamp": 1}}', '"_aws"'],
)
def test_other_lines_hold_none(message: str) -> None:
    assert list(samples(message)) == []


def test_what_powertools_writes_is_understood(capsys: pytest.CaptureFixture[str]) -> None:
    metrics = Metrics(namespace="ClipIt", service="scaler")
    metrics.add_dimension(name="fleet", value="cpu")
    metrics.add_metric(name="QueuedJobs", unit=MetricUnit.Count, value=3)
    metrics.flush_metrics()
    ((metric, sample),) = samples(capsys.readouterr().out)
    assert (metric.namespace, metric.name, sample.total) == ("ClipIt", "QueuedJobs", 3)
    assert metric.dimensions == {("service", "scaler"), ("fleet", "cpu")}
