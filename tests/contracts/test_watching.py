"""What is watched can be drawn, is measured by somebody, and has been heard to ring."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cli.dashboard.widgets import graphs
from cli.incidents.incidents import INCIDENTS
from cli.incidents.pages import Page
from handlers.telemetry.metrics import NAMESPACE
from local.telemetry.produced import PRODUCED
from tests.contracts.runbooks import ALARM, EVENT_RULE, kind_of

STACKS = ("local", "dev", "prod")
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
# The emulator's tables throttle nobody and count no capacity units; its tasks reserve no memory.
UNMADE = {
    ("AWS/DynamoDB", "ConsumedReadCapacityUnits"),
    ("AWS/DynamoDB", "ConsumedWriteCapacityUnits"),
    ("AWS/DynamoDB", "ReadThrottleEvents"),
    ("AWS/DynamoDB", "WriteThrottleEvents"),
    ("ECS/ContainerInsights", "MemoryReserved"),
    ("ECS/ContainerInsights", "MemoryUtilized"),
}
# Alarms and events that no incident makes ring yet.
UNPLAYED = {
    "ApiDeploymentFailed",
    "ApiObjectives",
    "FunctionDeadLetters",
    "RenderObjectives",
    "WebhookObjectives",
}


def named(program: Any, stack: str) -> Iterator[tuple[str, str]]:
    """Namespace and name of each metric of an alarm or of a dashboard."""
    for one in program(stack).of(ALARM):
        if one.inputs.get("metricName"):
            yield one.inputs["namespace"], one.inputs["metricName"]
        for query in one.inputs.get("metricQueries", []):
            if query.get("metric"):
                yield query["metric"]["namespace"], query["metric"]["metricName"]
    for board in program(stack).of("aws:cloudwatch/dashboard:Dashboard"):
        for widget in json.loads(board.inputs["dashboardBody"])["widgets"]:
            for namespace, name, *_ in widget["properties"]["metrics"]:
                yield namespace, name


@pytest.mark.parametrize("stack", STACKS)
def test_a_local_stack_makes_every_metric_of_aws_that_is_watched(program: Any, stack: str) -> None:
    found = {one for one in named(program, stack) if one[0] != NAMESPACE}
    assert found
    made = {(namespace, name) for namespace, names in PRODUCED.items() for name in names}
    assert sorted(found - made - UNMADE) == []


@pytest.mark.parametrize("stack", STACKS)
def test_every_dashboard_can_be_drawn(program: Any, stack: str) -> None:
    boards = program(stack).of("aws:cloudwatch/dashboard:Dashboard")
    assert boards
    assert all(graphs(one.inputs["dashboardBody"]) for one in boards)


def kinds(program: Any) -> set[str]:
    world = program("local")
    return {kind_of(one) for kind in (ALARM, COMPOSITE, EVENT_RULE) for one in world.of(kind)}


def test_every_alarm_has_been_made_to_ring_or_is_known_not_to_have(program: Any) -> None:
    played = {incident.alarm for incident in INCIDENTS}
    assert played <= kinds(program)
    assert sorted(kinds(program) - played) == sorted(UNPLAYED)


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda incident: incident.alarm)
def test_the_page_of_an_incident_says_how_to_tell_its_cause(incident: Any) -> None:
    page = Page.read(incident.alarm)
    row = page.cause(incident.cause)
    assert [word for word in incident.tells if word not in row] == []
    assert page.diagnosis()
