"""Deployments of services: what becomes of their tasks decides."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError


@dataclass(frozen=True, kw_only=True)
class Service:
    name: str
    ecs: Any

    def shown(self) -> dict[str, Any]:
        answer = self.ecs.describe_services(cluster=self.name, services=[self.name])
        service: dict[str, Any] = answer["services"][0]
        return service

    def deployments(self) -> list[tuple[str, str]]:
        return [(one["status"], one["rolloutState"]) for one in self.shown()["deployments"]]

    def counts(self) -> tuple[int, int]:
        """Running and pending tasks, as the service and its cluster have them."""
        (cluster,) = self.ecs.describe_clusters(clusters=[self.name])["clusters"]
        shown = self.shown()
        found: tuple[int, int] = (shown["runningCount"], shown["pendingCount"])
        assert (cluster["runningTasksCount"], cluster["pendingTasksCount"]) == found
        return found

    def wait_until_stable(self) -> None:
        """As `aws ecs wait services-stable` does, with one look."""
        once = {"Delay": 0, "MaxAttempts": 1}
        self.ecs.get_waiter("services_stable").wait(
            cluster=self.name, services=[self.name], WaiterConfig=once
        )

    def deploy(self) -> None:
        self.register()
        self.ecs.update_service(cluster=self.name, service=self.name, taskDefinition=self.name)

    def register(self) -> None:
        container = {"name": "c", "image": "i", "memory": 64}
        self.ecs.register_task_definition(family=self.name, containerDefinitions=[container])

    def task(self, status: str, *, deployment: int = 0, slot: int = 0, **more: Any) -> None:
        identity = self.shown()["deployments"][deployment]["id"]
        task = f"{self.name}/{identity}/{slot}"
        self.ecs.submit_task_state_change(cluster=self.name, task=task, status=status, **more)


@pytest.fixture
def service(client: Callable[[str], Any], unique: str) -> Service:
    """A service of one task that nobody runs."""
    service = Service(name=unique, ecs=client("ecs"))
    service.ecs.create_cluster(clusterName=unique)
    service.register()
    service.ecs.create_service(cluster=unique, serviceName=unique, taskDefinition=unique, desiredCount=1)
    return service


def test_a_deployment_is_under_way_until_all_its_tasks_run(service: Service) -> None:
    service.ecs.update_service(cluster=service.name, service=service.name, desiredCount=2)
    assert service.deployments() == [("PRIMARY", "IN_PROGRESS")]
    service.task("RUNNING", slot=0)
    assert service.deployments() == [("PRIMARY", "IN_PROGRESS")]
    service.task("RUNNING", slot=1)
    assert service.deployments() == [("PRIMARY", "COMPLETED")]


def test_fewer_wanted_tasks_are_fewer_running_ones(service: Service) -> None:
    service.ecs.update_service(cluster=service.name, service=service.name, desiredCount=2)
    for slot in (0, 1):
        service.task("RUNNING", slot=slot)
    for wanted in (1, 0):
        service.ecs.update_service(cluster=service.name, service=service.name, desiredCount=wanted)
        assert [one["runningCount"] for one in service.shown()["deployments"]] == [wanted]


def test_the_deployment_before_stays_until_the_new_one_is_completed(service: Service) -> None:
    service.task("RUNNING")
    service.deploy()
    assert service.deployments() == [("PRIMARY", "IN_PROGRESS"), ("ACTIVE", "COMPLETED")]
    service.task("RUNNING")
    assert service.deployments() == [("PRIMARY", "COMPLETED")]


def test_three_stopped_tasks_fail_a_deployment_and_the_one_before_is_the_only_one_again(
    service: Service,
) -> None:
    service.task("RUNNING")
    before = service.shown()
    service.deploy()
    for _ in range(2):
        service.task("STOPPED")
    assert service.deployments()[0] == ("PRIMARY", "IN_PROGRESS")
    service.task("STOPPED")
    assert service.deployments() == [("PRIMARY", "COMPLETED")]
    assert service.shown()["deployments"][0]["id"] == before["deployments"][0]["id"]
    assert service.shown()["taskDefinition"] == before["taskDefinition"]


def test_a_deployment_that_failed_is_listed_until_the_rollback_is_completed(service: Service) -> None:
    service.task("RUNNING")
    service.deploy()
    service.task("STOPPED", deployment=1)
    for _ in range(3):
        service.task("STOPPED")
    assert service.deployments() == [("PRIMARY", "IN_PROGRESS"), ("ACTIVE", "FAILED")]
    rolling_back, failed = service.shown()["deployments"]
    assert failed["id"] in rolling_back["rolloutStateReason"]
    assert failed["failedTasks"] == 3
    service.task("RUNNING")
    assert service.deployments() == [("PRIMARY", "COMPLETED")]


def test_a_rollback_whose_tasks_fail_too_has_nothing_to_go_back_to(service: Service) -> None:
    service.task("RUNNING")
    service.deploy()
    service.task("STOPPED", deployment=1)
    for _ in range(6):
        service.task("STOPPED")
    assert service.deployments() == [("PRIMARY", "FAILED"), ("ACTIVE", "FAILED")]


def test_a_service_is_stable_after_a_rollout_and_after_a_rollback(service: Service) -> None:
    service.task("RUNNING")
    service.wait_until_stable()
    service.deploy()
    with pytest.raises(WaiterError):
        service.wait_until_stable()
    for _ in range(3):
        service.task("STOPPED")
    service.wait_until_stable()


def test_the_tasks_of_all_deployments_count(service: Service) -> None:
    assert service.counts() == (0, 1)
    service.task("RUNNING")
    assert service.counts() == (1, 0)
    service.deploy()
    service.ecs.update_service(cluster=service.name, service=service.name, desiredCount=2)
    assert service.counts() == (1, 1)
    service.task("RUNNING")
    assert service.counts() == (2, 0)


def test_a_first_deployment_that_fails_has_nothing_to_go_back_to(service: Service) -> None:
    for _ in range(3):
        service.task("STOPPED")
    assert service.deployments() == [("PRIMARY", "FAILED")]


def test_a_task_that_stops_after_its_deployment_was_completed_fails_nothing(service: Service) -> None:
    service.task("RUNNING")
    for _ in range(4):
        service.task("STOPPED")
    assert service.deployments() == [("PRIMARY", "COMPLETED")]


def test_the_same_revision_may_be_deployed_once_more(service: Service) -> None:
    service.task("RUNNING")
    before = service.shown()["deployments"][0]["id"]
    service.ecs.update_service(cluster=service.name, service=service.name, forceNewDeployment=True)
    assert service.deployments() == [("PRIMARY", "IN_PROGRESS"), ("ACTIVE", "COMPLETED")]
    assert service.shown()["deployments"][0]["id"] != before


def test_a_change_that_is_no_deployment_begins_none(service: Service) -> None:
    service.task("RUNNING")
    service.ecs.update_service(cluster=service.name, service=service.name, desiredCount=1)
    assert service.deployments() == [("PRIMARY", "COMPLETED")]


def test_a_task_of_no_deployment_is_refused(service: Service) -> None:
    task = f"{service.name}/ecs-svc/0/0"
    with pytest.raises(ClientError, match="no deployment of the task"):
        service.ecs.submit_task_state_change(cluster=service.name, task=task, status="RUNNING")
