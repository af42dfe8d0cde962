"""Tasks of services are listed, described with why they stopped, and named in the events of their service."""

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def submit(client: Callable[[str], Any], unique: str) -> Callable[..., None]:
    ecs = client("ecs")
    ecs.create_cluster(clusterName=unique)
    container = {"name": "c", "image": "i", "memory": 64}
    ecs.register_task_definition(family=unique, containerDefinitions=[container])
    service = ecs.create_service(cluster=unique, serviceName=unique, taskDefinition=unique, desiredCount=1)
    deployment = service["service"]["deployments"][0]["id"]

    def report(status: str, reason: str = "", **container: Any) -> None:
        ecs.submit_task_state_change(
            cluster=unique,
            task=f"{unique}/{deployment}/0",
            status=status,
            reason=reason,
            containers=[{"containerName": "c", "runtimeId": f"{unique}-id", **container}],
        )

    return report


def listed(client: Callable[[str], Any], cluster: str, status: str) -> list[str]:
    arns: list[str] = client("ecs").list_tasks(cluster=cluster, desiredStatus=status)["taskArns"]
    return arns


def test_a_running_task_is_listed_and_named_in_the_events(
    client: Callable[[str], Any], unique: str, submit: Callable[..., None]
) -> None:
    submit("RUNNING")
    (arn,) = listed(client, unique, "RUNNING")
    assert arn.endswith(f"task/{unique}/{unique}-id")
    (service,) = client("ecs").describe_services(cluster=unique, services=[unique])["services"]
    assert service["events"][0]["message"] == f"(service {unique}) has started 1 tasks: (task {unique}-id)."


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("Essential container in task exited", "EssentialContainerExited"),
        ("Task failed container health checks", "ServiceSchedulerInitiated"),
        ("CannotPullContainerError: no such image", "TaskFailedToStart"),
    ],
)
def test_a_stopped_task_says_why(
    client: Callable[[str], Any], unique: str, submit: Callable[..., None], reason: str, code: str
) -> None:
    submit("RUNNING")
    submit("STOPPED", reason, exitCode=137)
    assert listed(client, unique, "RUNNING") == []
    arns = listed(client, unique, "STOPPED")
    (task,) = client("ecs").describe_tasks(cluster=unique, tasks=arns)["tasks"]
    assert (task["stopCode"], task["stoppedReason"]) == (code, reason)
    assert task["containers"][0]["exitCode"] == 137


def test_a_task_that_nobody_knows_is_missing(
    client: Callable[[str], Any], unique: str, submit: Callable[..., None]
) -> None:
    found = client("ecs").describe_tasks(cluster=unique, tasks=["unknown"])
    assert found["tasks"] == []
    assert found["failures"] == [{"arn": "unknown", "reason": "MISSING"}]
