"""What is watched can be drawn, is measured by somebody, and has been heard to ring."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.dashboard.widgets import graphs
from cli.incidents.cloud import FLEET
from cli.incidents.incidents import INCIDENTS
from cli.incidents.pages import Page
from cli.incidents.report import BEGIN, END
from cli.stack_place import StackPlace
from components.naming.dashboard_names import DASHBOARDS, dashboard_name
from handlers.telemetry.metrics import NAMESPACE
from local.telemetry.produced import PRODUCED
from tests.contracts.runbooks import ALARM, EVENT_RULE, INDEX, PAGES, all_commands, kind_of

STACKS = ("local", "dev", "prod")
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
# On dashboards alone: the emulator's tables throttle nobody and count no capacity units; its tasks reserve no
# memory; its instances are processes that share one machine's network.
UNMADE = {
    ("AWS/DynamoDB", "ConsumedReadCapacityUnits"),
    ("AWS/DynamoDB", "ConsumedWriteCapacityUnits"),
    ("AWS/DynamoDB", "ReadThrottleEvents"),
    ("AWS/DynamoDB", "WriteThrottleEvents"),
    ("AWS/EC2", "NetworkIn"),
    ("AWS/EC2", "NetworkOut"),
    ("ECS/ContainerInsights", "MemoryReserved"),
    ("ECS/ContainerInsights", "MemoryUtilized"),
}


def of_alarms(program: Any, stack: str) -> Iterator[tuple[str, str]]:
    """Namespace and name of each metric of an alarm."""
    for one in program(stack).of(ALARM):
        if one.inputs.get("metricName"):
            yield one.inputs["namespace"], one.inputs["metricName"]
        for query in one.inputs.get("metricQueries", []):
            if query.get("metric"):
                yield query["metric"]["namespace"], query["metric"]["metricName"]


def of_dashboards(program: Any, stack: str) -> Iterator[tuple[str, str]]:
    """Namespace and name of each metric of a dashboard."""
    for board in program(stack).of("aws:cloudwatch/dashboard:Dashboard"):
        for widget in json.loads(board.inputs["dashboardBody"])["widgets"]:
            for namespace, name, *_ in widget["properties"]["metrics"]:
                yield namespace, name


@pytest.mark.parametrize("stack", STACKS)
def test_a_local_stack_makes_every_metric_of_aws_that_alarms_pages_and_dashboards_read(
    program: Any, stack: str
) -> None:
    made = {(namespace, name) for namespace, names in PRODUCED.items() for name in names}
    watched, drawn = set(of_alarms(program, stack)), set(of_dashboards(program, stack))
    asked = {(one.words[1], one.words[2]) for one in all_commands() if one.name == "metric" and one.words[1:]}
    assert watched
    assert drawn
    assert asked
    assert sorted(one for one in watched | asked if one[0] != NAMESPACE and one not in made) == []
    assert sorted(one for one in drawn - UNMADE if one[0] != NAMESPACE and one not in made) == []


def lines_of_dashboards(program: Any, stack: str) -> set[tuple[str, str, frozenset[str]]]:
    """Namespace, name, and the values of dimensions of each line of a dashboard."""
    boards = program(stack).of("aws:cloudwatch/dashboard:Dashboard")
    return {
        (line.namespace, line.metric, frozenset(value for _, value in line.dimensions))
        for board in boards
        for graph in graphs(board.inputs["dashboardBody"])
        for line in graph.lines
    }


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("kind", ["ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"])
def test_the_cost_has_the_units_of_the_table_and_of_each_index(program: Any, stack: str, kind: str) -> None:
    """What an index takes is not in the metric of its table (DynamoDB metrics and dimensions)."""
    (table,) = program(stack).of("aws:dynamodb/table:Table")
    name, indexes = table.inputs["name"], table.inputs["globalSecondaryIndexes"]
    wanted = {frozenset({name}), *(frozenset({name, index["name"]}) for index in indexes)}
    drawn = {where for space, metric, where in lines_of_dashboards(program, stack) if metric == kind}
    assert drawn == wanted
    throttled = kind.replace("Consumed", "").replace("CapacityUnits", "ThrottleEvents")
    assert {
        where for _, metric, where in lines_of_dashboards(program, stack) if metric == throttled
    } == wanted


@pytest.mark.parametrize("stack", STACKS)
def test_the_metrics_that_each_instance_is_paid_for_are_drawn(program: Any, stack: str) -> None:
    watched = [one.inputs["monitoring"]["enabled"] for one in program(stack).of(TEMPLATE)]
    groups = {one.inputs["name"] for one in program(stack).of("aws:autoscaling/group:Group")}
    drawn = {where for space, _, where in lines_of_dashboards(program, stack) if space == "AWS/EC2"}
    assert drawn == ({frozenset({group}) for group in groups} if any(watched) else set())


@pytest.mark.parametrize("stack", STACKS)
def test_every_dashboard_can_be_drawn_and_is_found_by_its_name(program: Any, stack: str) -> None:
    boards = program(stack).of("aws:cloudwatch/dashboard:Dashboard")
    assert all(graphs(one.inputs["dashboardBody"]) for one in boards)
    naming = StackPlace.of(stack).naming
    assert {one.inputs["dashboardName"] for one in boards} == {
        dashboard_name(naming, kind) for kind in DASHBOARDS
    }


def notifying(program: Any, stack: str) -> dict[str, str]:
    """Each alarm, composite alarm and event rule that tells a topic: its page, by its name without the stack.

    A fleet is called as that of the local stack: alarms of all fleets have the same rules.
    """
    world = program(stack)
    rings = [one for kind in (ALARM, COMPOSITE) for one in world.of(kind) if one.inputs.get("alarmActions")]
    found = {one.inputs.get("name") or one.inputs["alarmName"]: kind_of(one) for one in rings}
    found |= {one.inputs["name"]: kind_of(one) for one in world.of(EVENT_RULE)}
    fleets = "|".join(world.exports["group_names"])
    return {
        re.sub(rf"\b({fleets})(?=-|$)", FLEET, name.removeprefix(f"clip-it-{stack}-")): kind
        for name, kind in found.items()
    }


@pytest.mark.parametrize("stack", STACKS)
def test_every_alarm_that_notifies_is_made_to_ring(program: Any, stack: str) -> None:
    assert notifying(program, stack) == {incident.rings: incident.page for incident in INCIDENTS}


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda incident: incident.rings)
def test_the_page_of_an_incident_says_how_to_tell_its_cause(incident: Any) -> None:
    page = Page.read(incident.page)
    row = page.cause(incident.cause)
    assert [word for word in incident.tells if word not in row] == []
    assert incident.tells or incident.figure
    assert page.lines("Diagnosis")


@pytest.mark.parametrize("path", [INDEX, *PAGES], ids=lambda path: path.stem)
def test_every_command_of_a_runbook_says_what_it_prints_or_why_nobody_plays_it(path: Path) -> None:
    lines = Page.read(path.stem).lines()
    assert lines
    assert [line.text for line in lines if line.prints is None and not line.not_played] == []
    for line in lines:
        re.compile(line.prints or "")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_says_within_how_many_minutes_its_alarm_rings(program: Any, path: Path) -> None:
    found = set()
    for one in program("local").of(COMPOSITE):
        if kind_of(one) == path.stem and one.inputs.get("actionsSuppressor"):
            found.add(int(one.inputs["actionsSuppressor"]["waitPeriod"]) // 60)
    for one in program("local").of(ALARM):
        if kind_of(one) == path.stem and one.inputs.get("alarmActions"):
            stats = [query["metric"]["period"] for query in one.inputs.get("metricQueries", [])[:1]]
            found.add(int((stats or [one.inputs.get("period")])[0] * one.inputs["evaluationPeriods"]) // 60)
    assert {Page.read(path.stem).minutes()} == (found or {0})


def test_the_table_of_what_has_rung_has_every_incident() -> None:
    _, begin, rest = INDEX.read_text().partition(BEGIN)
    rows, end, _ = rest.partition(END)
    assert begin, "`make incidents-page` has no place to write to"
    assert end
    assert re.findall(r"^\| \[`([^`]+)`\]\((\w+)\.md\)", rows, re.MULTILINE) == [
        (incident.rings, incident.page) for incident in INCIDENTS
    ], "make incidents-page"
