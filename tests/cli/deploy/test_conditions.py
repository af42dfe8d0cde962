"""When a part of a deployment is done, when it has failed, and when to wait."""

from dataclasses import replace

import pytest

from cli.deploy.conditions import (
    AgentVersion,
    FunctionCode,
    Refresh,
    ServiceDeployment,
    Status,
    agents,
    functions,
    refresh,
    service,
)

NEW = ServiceDeployment(
    primary=True, revision="api:7", state="COMPLETED", reason="completed", running=2, desired=2
)
OLD = replace(NEW, primary=False, revision="api:6")
CODE = FunctionCode(name="scaler", code="new", update="Successful", reason="")
REFRESH = Refresh(started=100.0, status="Successful", percent=100, left=0, reason="")


@pytest.mark.parametrize(
    ("deployments", "status", "said"),
    [
        ([NEW], Status.DONE, "api:7 serves"),
        ([replace(NEW, state="IN_PROGRESS", running=1), OLD], Status.WAIT, "1 of 2 tasks run"),
        (
            [
                replace(OLD, primary=True),
                replace(NEW, primary=False, state="FAILED", reason="circuit breaker"),
            ],
            Status.FAILED,
            "circuit breaker; api:6 serves",
        ),
        ([replace(NEW, state="FAILED", reason="circuit breaker")], Status.FAILED, "circuit breaker"),
        ([replace(OLD, primary=True)], Status.FAILED, "api:6 serves instead of api:7"),
        ([], Status.FAILED, "no primary deployment"),
    ],
    ids=["completed", "under way", "rolled back", "first one failed", "rolled back long ago", "gone"],
)
def test_a_revision_serves_when_its_deployment_is_the_primary_one_and_completed(
    deployments: list[ServiceDeployment], status: Status, said: str
) -> None:
    found = service(deployments, "api:7")
    assert (found.status, said in found.reason) == (status, True)


@pytest.mark.parametrize(
    ("found", "status", "said"),
    [
        ([CODE], Status.DONE, "1 functions"),
        ([replace(CODE, update="InProgress")], Status.WAIT, "scaler"),
        ([replace(CODE, code="old")], Status.WAIT, "scaler"),
        ([replace(CODE, update="Failed", reason="no room")], Status.FAILED, "no room"),
        ([], Status.FAILED, "there is no function scaler"),
    ],
    ids=["new", "under way", "old code", "failed", "gone"],
)
def test_functions_are_done_when_lambda_has_put_the_wanted_code_in_place(
    found: list[FunctionCode], status: Status, said: str
) -> None:
    judged = functions(found, {"scaler": "new"})
    assert (judged.status, said in judged.reason) == (status, True)


@pytest.mark.parametrize(
    ("newest", "status", "said"),
    [
        (None, Status.DONE, "no instance"),
        (REFRESH, Status.DONE, "all instances"),
        (replace(REFRESH, status="InProgress", percent=40, left=3), Status.WAIT, "40 % replaced, 3"),
        (replace(REFRESH, status="Pending"), Status.WAIT, "to go"),
        (replace(REFRESH, status="Failed", reason="an alarm"), Status.FAILED, "an alarm"),
        (replace(REFRESH, status="Cancelled"), Status.FAILED, "Cancelled: no reason"),
        (replace(REFRESH, started=50.0), Status.DONE, "no instance"),
        (replace(REFRESH, status="Failed", started=50.0), Status.FAILED, "FleetRefreshStopped.md"),
        (replace(REFRESH, status="InProgress", started=50.0), Status.WAIT, "to go"),
    ],
    ids=[
        "none",
        "ended",
        "under way",
        "begins",
        "failed",
        "cancelled",
        "ended before",
        "failed before",
        "began before",
    ],
)
def test_a_fleet_is_done_when_its_refresh_has_ended_well(
    newest: Refresh | None, status: Status, said: str
) -> None:
    judged = refresh(newest, since=90.0)
    assert (judged.status, said in judged.reason) == (status, True)


def test_agents_are_done_when_every_worker_reports_the_wanted_one() -> None:
    new, old = AgentVersion(instance="i-1", version="new"), AgentVersion(instance="i-2", version="0" * 64)
    silent = AgentVersion(instance="i-3", version=None)
    assert agents([], "new").status is Status.DONE
    assert agents([new], "new").status is Status.DONE
    judged = agents([new, old, silent], "new")
    assert judged.status is Status.WAIT
    assert judged.reason == "2 of 3 workers run another agent: i-2 (000000000000), i-3 (unknown)"
