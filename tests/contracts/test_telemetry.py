"""The catalogue of metrics and log events is what the handlers write, the graphs show, the alarms watch.

Does not prove that CloudWatch takes a metric from a line, nor that a graph helps.
"""

import ast
import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from handlers.scaler.decision.snapshot import Stage
from handlers.telemetry import metrics
from handlers.telemetry.events import ROOMS
from handlers.telemetry.metrics import METRICS, NAMESPACE, VALUES, BootStage, Metric, dimensions_of
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


def drawn(program: Any, stack: str) -> Iterator[tuple[str, str]]:
    """Namespace and name of each metric on a dashboard."""
    for dashboard in program(stack).of("aws:cloudwatch/dashboard:Dashboard"):
        for widget in json.loads(dashboard.inputs["dashboardBody"])["widgets"]:
            yield from ((line[0], line[1]) for line in widget["properties"].get("metrics", []))


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
    more = {name: read.get(name, "") for name in ("fleet", *VALUES) if name in metric.dimensions}
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


@pytest.mark.parametrize("stack", STACKS)
def test_every_value_of_a_dimension_is_read_for_every_fleet_and_no_other(program, stack: str) -> None:
    fleets = set(program(stack).exports["group_names"])
    read: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for readers in (shown, watched):
        for _, (name, dimensions) in readers(program, stack):
            told_apart = [one for one in NAMED[name].dimensions if one in {"fleet", "Fleet", *VALUES}]
            read[name].add(tuple(dimensions[one] for one in told_apart))
    domains = {"fleet": fleets, "Fleet": fleets, **VALUES}
    for metric in METRICS:
        wanted = [domains[one] for one in metric.dimensions if one in domains]
        assert read[metric.name] == set(product(*wanted)), metric.name


@pytest.mark.parametrize("stack", STACKS)
def test_what_aws_measures_only_when_asked_to_is_on_a_dashboard(program, stack: str) -> None:
    groups = program(stack).of("aws:autoscaling/group:Group")
    asked = {("AWS/AutoScaling", name) for group in groups for name in group.inputs["enabledMetrics"]}
    assert asked == {one for one in drawn(program, stack) if one[0] == "AWS/AutoScaling"}
    clusters = program(stack).of("aws:ecs/cluster:Cluster")
    insights = any(one["value"] == "enabled" for cluster in clusters for one in cluster.inputs["settings"])
    assert insights == any(namespace == "ECS/ContainerInsights" for namespace, _ in drawn(program, stack))


@pytest.mark.parametrize("stack", STACKS)
def test_agents_of_cloudwatch_collect_what_the_catalogue_names_and_nothing_else(program, stack: str) -> None:
    wanted = {metric.name for metric in METRICS if metric.service is None}
    for fleet in program(stack).exports["group_names"]:
        (parameter,) = [
            one
            for one in program(stack).of("aws:ssm/parameter:Parameter")
            if one.inputs["name"].endswith(f"/{fleet}/cloudwatch-agent")
        ]
        collected = json.loads(parameter.inputs["value"])["metrics"]["metrics_collected"]
        names = {f"{kind}_{name}" for kind, one in collected.items() for name in one["measurement"]}
        assert names == wanted
        assert all(
            one["append_dimensions"] == {"Environment": stack, "Fleet": fleet} for one in collected.values()
        )


def test_nothing_is_measured_past_the_catalogue() -> None:
    """Only handlers/telemetry defines metrics and knows the ways by which they get to CloudWatch."""
    ways = ("aws_lambda_powertools.metrics", "Metrics(", "put_metric_data", "CloudWatchMetrics", "Metric(")
    found = {
        (path.relative_to(ROOT).as_posix(), way)
        for path in (ROOT / "handlers").rglob("*.py")
        if path.parent.name != "telemetry"
        for way in ways
        if way in path.read_text()
    }
    assert found == set()


def test_a_boot_fails_at_the_stages_that_the_scaler_tells_apart() -> None:
    assert {stage.value for stage in BootStage} == {stage.value for stage in Stage if stage.coming}


def test_no_metric_is_told_apart_by_tenant_or_template() -> None:
    kinds = {name for metric in METRICS for name in metric.dimensions}
    assert kinds == {"service", "environment", "fleet", "outcome", "stage", "Environment", "Fleet"}


@pytest.mark.short_form(4)
@pytest.mark.parametrize("metric", [one for one in METRICS if one.service], ids=lambda metric: metric.name)
def test_a_metric_is_sent_by_its_writers_and_by_nobody_else(metric: Metric) -> None:
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
