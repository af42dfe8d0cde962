"""When a part of a deployment is done, when it has failed, and when to wait."""

from dataclasses import replace

import pytest

from cli.deploy.conditions import (
    AgentVersion,
    FunctionCode,
    Refresh,
    ServiceDeployment,
    Verdict,
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
    ("deployments", "verdict", "said"),
    [
        ([NEW], Verdict.DONE, "api:7 serves"),
        ([replace(NEW, state="IN_PROGRESS", running=1), OLD], Verdict.WAIT, "1 of 2 tasks run"),
        (
            [
                replace(OLD, primary=True),
                replace(NEW, primary=False, state="FAILED", reason="circuit breaker"),
            ],
            Verdict.FAILED,
            "circuit breaker; api:6 serves",
        ),
        ([replace(NEW, state="FAILED", reason="circuit breaker")], Verdict.FAILED, "circuit breaker"),
        ([replace(OLD, primary=True)], Verdict.FAILED, "api:6 serves in place of api:7"),
        ([], Verdict.FAILED, "no primary deployment"),
    ],
    ids=["completed", "under way", "rolled back", "first one failed", "rolled back long ago", "gone"],
)
def test_a_revision_serves_when_its_deployment_is_the_primary_one_and_completed(
    deployments: list[ServiceDeployment], verdict: Verdict, said: str
) -> None:
    found = service(deployments, "api:7")
    assert (found.verdict, said in found.reason) == (verdict, True)


@pytest.mark.parametrize(
    ("found", "verdict", "said"),
    [
        ([CODE], Verdict.DONE, "1 functions"),
        ([replace(CODE, update="InProgress")], Verdict.WAIT, "scaler"),
        ([replace(CODE, code="old")], Verdict.WAIT, "scaler"),
        ([replace(CODE, update="Failed", reason="no room")], Verdict.FAILED, "no room"),
        ([], Verdict.FAILED, "there is no function scaler"),
    ],
    ids=["new", "under way", "old code", "failed", "gone"],
)
def test_functions_are_done_when_lambda_has_put_the_wanted_code_in_place(
    found: list[FunctionCode], verdict: Verdict, said: str
) -> None:
    judged = functions(found, {"scaler": "new"})
    assert (judged.verdict, said in judged.reason) == (verdict, True)


@pytest.mark.parametrize(
    ("newest", "verdict", "said"),
    [
        (None, Verdict.DONE, "no instance"),
        (REFRESH, Verdict.DONE, "all instances"),
        (replace(REFRESH, status="InProgress", percent=40, left=3), Verdict.WAIT, "40 % replaced, 3"),
        (replace(REFRESH, status="Pending"), Verdict.WAIT, "to go"),
        (replace(REFRESH, status="Failed", reason="an alarm"), Verdict.FAILED, "an alarm"),
        (replace(REFRESH, status="Cancelled"), Verdict.FAILED, "Cancelled: no reason"),
        (replace(REFRESH, status="Failed", started=50.0), Verdict.DONE, "no instance"),
        (replace(REFRESH, status="InProgress", started=50.0), Verdict.WAIT, "to go"),
    ],
    ids=["none", "ended", "under way", "begins", "failed", "cancelled", "failed before", "began before"],
)
def test_a_fleet_is_done_when_its_refresh_has_ended_well(
    newest: Refresh | None, verdict: Verdict, said: str
) -> None:
    judged = refresh(newest, since=90.0)
    assert (judged.verdict, said in judged.reason) == (verdict, True)


def test_agents_are_done_when_every_worker_reports_the_wanted_one() -> None:
    new, old = AgentVersion(instance="i-1", version="new"), AgentVersion(instance="i-2", version="0" * 64)
    silent = AgentVersion(instance="i-3", version=None)
    assert agents([], "new").verdict is Verdict.DONE
    assert agents([new], "new").verdict is Verdict.DONE
    judged = agents([new, old, silent], "new")
    assert judged.verdict is Verdict.WAIT
    assert judged.reason == "2 of 3 workers run another agent: i-2 (000000000000), i-3 (unknown)"
