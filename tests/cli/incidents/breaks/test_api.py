"""What is broken of the API is broken when the break says so, on the emulated ECS."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from cli.incidents.breaks import api
from cli.incidents.shell import Shell
from local.emulator import server
from local.emulator.connection import Connection
from tests.cli.incidents.conftest import FakeCloud

NAME = "clip-it-local-job-server"


@dataclass(frozen=True, kw_only=True)
class EcsCloud(FakeCloud):
    """A cloud with an ECS; whoever waits for something hears of a task at each look."""

    aws: Connection
    reports: list[str]
    """What becomes of a task of the newest deployment before each look but the first."""
    looks: list[bool] = field(default_factory=list)

    @property
    def connection(self) -> Connection:
        return self.aws

    def until(self, what: str, ready: Callable[[], bool], minutes: int | None = None) -> None:
        self.looks.append(ready())
        for status in self.reports:
            self.report(status)
            self.looks.append(ready())

    def deploy(self) -> None:
        pass

    def report(self, status: str) -> None:
        ecs = self.aws.ecs()
        (service,) = ecs.describe_services(cluster=NAME, services=[NAME])["services"]
        task = f"{NAME}/{service['deployments'][0]['id']}/0"
        ecs.submit_task_state_change(cluster=NAME, task=task, status=status)


@pytest.fixture
def make(shell: Shell) -> Iterator[Callable[[list[str]], EcsCloud]]:
    with server.running() as url:
        aws = Connection(url, "eu-central-1")
        ecs = aws.ecs()
        ecs.create_cluster(clusterName=NAME)
        ecs.register_task_definition(
            family=NAME,
            containerDefinitions=[
                {"name": "c", "image": "i", "environment": [{"name": "CLIPIT_TABLE", "value": "jobs"}]}
            ],
            cpu="256",
            memory="512",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            executionRoleArn="arn:aws:iam::123456789012:role/execution",
            taskRoleArn="arn:aws:iam::123456789012:role/task",
        )
        ecs.create_service(cluster=NAME, serviceName=NAME, taskDefinition=NAME, desiredCount=1)

        def made(reports: list[str]) -> EcsCloud:
            cloud = EcsCloud.typed_in(
                shell,
                aws=aws,
                reports=reports,
            )
            cloud.report("RUNNING")
            return cloud

        yield made


def test_a_setting_is_missing_once_ecs_has_rolled_back(make: Callable[[list[str]], EcsCloud]) -> None:
    cloud = make(["STOPPED"] * 3)
    with api.a_setting_is_missing(cloud):
        assert cloud.looks == [False, False, False, True]
