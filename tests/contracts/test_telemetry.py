"""The catalogue of metrics and log events is what the handlers write, the graphs show, the alarms watch.

Does not prove that CloudWatch takes a metric from a line, nor that a graph helps.
"""

import ast
import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from handlers.telemetry import metrics
from handlers.telemetry.events import ROOMS
from handlers.telemetry.metrics import METRICS, NAMESPACE, Metric, dimensions_of
from tests.contracts.log_events import EVERY, levels, written
from tests.contracts.runbooks import kind_of
from tests.contracts.source_tree import ROOT
from tests.contracts.telemetry_page import PAGE, page

STACKS = ("dev", "prod")
NAMED = {metric.name: metric for metric in METRICS}
Read = tuple[str, dict[str, str]]


def flat(parts: list[Any]) -> dict[str, str]:
    """The dimensions of a metric as dashboards and alarms write them."""
    texts = [part for part in parts if isinstance(part, str)]
    return dict(zip(texts[::2], texts[1::2], strict=True))


def shown(program: Any, stack: str) -> Iterator[tuple[str, Read]]:
    """Each of our metrics on a dashboard, with its dimensions."""
    for dashboard in program(stack).of("aws:cloudwatch/dashboard:Dashboard"):
        name = dashboard.inputs["dashboardName"].removeprefix(f"clip-it-{stack}-").rsplit("-", 3)[0]
        for widget in json.loads(dashboard.inputs["dashboardBody"])["widgets"]:
            for line in widget["properties"].get("metrics", []):
                if line[0] == NAMESPACE:
                    yield name, (line[1], flat(line[2:]))


def watched(program: Any, stack: str) -> Iterator[tuple[str, Read]]:
    """Each of our metrics with an alarm, with its dimensions, also within an expression."""
    for alarm in program(stack).of("aws:cloudwatch/metricAlarm:MetricAlarm"):
        queries = [
            query["metric"] for query in alarm.inputs.get("metricQueries") or [] if query.get("metric")
        ]
        for one in queries or [alarm.inputs]:
            if one["namespace"] == NAMESPACE:
                yield kind_of(alarm), (one["metricName"], one["dimensions"])


def read_by(program: Any, stack: str, readers: Any) -> dict[str, set[str]]:
    """The readers of each metric by its name, whose dimensions were compared with the catalogue's."""
    found: dict[str, set[str]] = defaultdict(set)
    for reader, (name, dimensions) in readers(program, stack):
        assert name in NAMED, f"{reader} reads {name}, which handlers/telemetry/metrics.py has not"
        assert sent(NAMED[name], stack, dimensions) == dimensions, f"{reader}: {name}"
        found[name].add(reader)
    return found


def sent(metric: Metric, stack: str, read: dict[str, str]) -> dict[str, str]:
    """The dimensions with which a metric is sent about what a reader asks for."""
    if metric.service is None:
        return {"Environment": stack, "Fleet": read["Fleet"]}
    more = {name: read[name] for name in ("fleet", "outcome") if name in metric.dimensions}
    return dict(dimensions_of(metric, stack, **more))


@pytest.mark.parametrize("stack", STACKS)
def test_every_metric_is_on_the_graphs_that_the_catalogue_names_and_on_no_other(program, stack: str) -> None:
    found = read_by(program, stack, shown)
    assert found == {metric.name: set(metric.graphs) for metric in METRICS if metric.graphs}


@pytest.mark.parametrize("stack", STACKS)
def test_every_metric_is_watched_by_the_alarms_that_the_catalogue_names(program, stack: str) -> None:
    found = read_by(program, stack, watched)
    assert found == {metric.name: set(metric.alarms) for metric in METRICS if metric.alarms}


def test_nothing_is_measured_that_nobody_reads() -> None:
    assert [metric.name for metric in METRICS if not metric.graphs and not metric.alarms] == []
    assert len(NAMED) == len(METRICS)


def test_no_metric_is_told_apart_by_tenant_or_template() -> None:
    kinds = {name for metric in METRICS for name in metric.dimensions}
    assert kinds == {"service", "environment", "fleet", "outcome", "Environment", "Fleet"}


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_metric_is_sent_by_its_writers_and_by_nobody_else(metric: Metric) -> None:
    if metric.service is None:
        source = (ROOT / "components/parts/render_fleet/cloudwatch_agent.py").read_text()
        assert metric.name.split("_", 1)[1] in source
        return
    (constant,) = {name for name, value in vars(metrics).items() if value is metric}
    rooms = {
        path.relative_to(ROOT / "handlers").parts[0]
        for path in (ROOT / "handlers").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "handlers.telemetry.metrics"
        if constant in {alias.name for alias in node.names}
    }
    assert rooms == set(metric.writers)


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_writes_the_events_of_the_catalogue_at_their_levels(name: str) -> None:
    assert levels(name) == {(event.name, event.level) for event in ROOMS[name].events}


@pytest.mark.parametrize("name", ROOMS)
def test_an_event_has_the_fields_of_the_catalogue(name: str) -> None:
    room, found = ROOMS[name], written(name)
    always = found.pop(EVERY, set())
    for event in room.events:
        own, stated = found[event.name], set(event.fields) | set(room.always)
        assert own <= stated, f"{event.name} has {sorted(own - stated)}, which the catalogue does not name"
        assert stated <= own | always, f"{event.name} never has {sorted(stated - own - always)}"


@pytest.mark.parametrize("name", ["job_server", "notifier", "render_agent", "sweeper"])
def test_what_is_about_a_render_is_named_alike_everywhere(name: str) -> None:
    about = [event for event in ROOMS[name].events if "job" in event.fields]
    assert about
    for event in about:
        assert {"job", "trace_id", "attempt", "fleet"} <= {*event.fields, *ROOMS[name].always}, event.name
    assert not {"trace", "traces", "job_id"} & set().union(*written(name).values())


def test_the_page_is_the_catalogue() -> None:
    assert PAGE.read_text() == page(), "make telemetry-page"
