"""A dashboard's body becomes graphs with a query for each line."""

import json
from typing import Any

import pytest

from cli.dashboard.widgets import BodyError, Line, graphs

PLACE = {"x": 8, "y": 6, "width": 8, "height": 6}


def body(*metrics: list[Any], **changes: Any) -> str:
    properties = {"title": "t", "stat": "Average", "period": 300, "metrics": list(metrics)}
    return json.dumps({"widgets": [{"type": "metric", **PLACE, "properties": properties, **changes}]})


def test_a_line_has_its_dimensions_and_the_statistic_of_its_own_or_of_the_graph() -> None:
    (graph,) = graphs(body(["AWS/SQS", "Visible", "QueueName", "q"], ["N", "M", {"stat": "p99"}]))
    assert (graph.title, graph.x, graph.y, graph.width, graph.height) == ("t", 8, 6, 8, 6)
    first, second = graph.lines
    assert first == Line(
        id="m0",
        label="Visible Average",
        namespace="AWS/SQS",
        metric="Visible",
        dimensions=(("QueueName", "q"),),
        statistic="Average",
        period=300,
    )
    assert second.label == "M p99"


def test_lines_of_one_metric_are_labeled_by_what_tells_them_apart() -> None:
    (graph,) = graphs(
        body(
            ["N", "Ended", "Fleet", "cpu", "outcome", "failed"],
            ["N", "Ended", "Fleet", "cpu", "outcome", "succeeded"],
            ["N", "Waiting", "Fleet", "cpu"],
        )
    )
    assert [line.label for line in graph.lines] == [
        "Ended Average failed",
        "Ended Average succeeded",
        "Waiting Average",
    ]


def test_what_is_no_graph_is_refused() -> None:
    with pytest.raises(BodyError, match="'text' cannot be drawn"):
        graphs(body(type="text"))
