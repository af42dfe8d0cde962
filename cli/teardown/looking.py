"""The work of a deployed stack in AWS: how much is left, and how to take no more."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import boto3
from botocore.exceptions import ClientError

from cli.deployed_stack import DeployedStack
from cli.fleet.removal import MOST_COUNTED, load_of
from cli.teardown.work import Work
from components.naming import Naming
from components.naming.webhook_names import WebhookNames
from handlers.jobs.error_codes import code_of
from handlers.jobs.messages.queue_depth import read_depth
from handlers.jobs.store import keys
from handlers.jobs.store.table import Condition, Query, Table, connect

if TYPE_CHECKING:
    from mypy_boto3_application_autoscaling import ApplicationAutoScalingClient
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_sqs import SQSClient

Found = TypeVar("Found")

_GONE = ("NotFound", "NonExistent", "DoesNotExist", "ServiceNotActive")


@dataclass(frozen=True, kw_only=True)
class Looking:
    """The stack's API, table and notification queue."""

    stack: DeployedStack
    naming: Naming
    ecs: "ECSClient"
    scaling: "ApplicationAutoScalingClient"
    sqs: "SQSClient"
    table: Table

    @classmethod
    def at(cls, stack: DeployedStack, naming: Naming) -> "Looking":
        """With clients for the stack's region."""
        return cls(
            stack=stack,
            naming=naming,
            ecs=boto3.client("ecs", region_name=stack.region),
            scaling=boto3.client("application-autoscaling", region_name=stack.region),
            sqs=boto3.client("sqs", region_name=stack.region),
            table=connect(stack.text("table_name"), stack.region),
        )

    @property
    def cluster(self) -> str:
        """The cluster of the API."""
        return self.stack.text("job_server_cluster")

    @property
    def service(self) -> str:
        """The service of the API."""
        return self.stack.text("job_server_service")

    def stop(self) -> None:
        """End the tasks of the API, and let its scaling start none."""
        self.scaling.register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId=f"service/{self.cluster}/{self.service}",
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=0,
            MaxCapacity=0,
        )
        self.ecs.update_service(cluster=self.cluster, service=self.service, desiredCount=0)

    def left(self) -> Work:
        """The work that is left; what has been deleted already has none."""
        fleets = self.stack.texts("group_names")
        loads = {fleet: _unless_gone(partial(load_of, self.table, fleet)) for fleet in fleets}
        return Work(
            tasks=_unless_gone(self._tasks) or 0,
            renders={fleet: load for fleet, load in loads.items() if load},
            owing=sum(_unless_gone(partial(self._owing, fleet)) or 0 for fleet in fleets),
            webhooks=_unless_gone(self._webhooks) or 0,
        )

    def _tasks(self) -> int:
        found = self.ecs.describe_services(cluster=self.cluster, services=[self.service])["services"]
        return sum(one["runningCount"] for service in found for one in service["deployments"])

    def _owing(self, fleet: str) -> int:
        match = Condition("#state_pk = :state_pk", {":state_pk": keys.owing_pk(fleet)})
        return self.table.count(Query(index=keys.BY_STATE, match=match), at_most=MOST_COUNTED)

    def _webhooks(self) -> int:
        url = self.sqs.get_queue_url(QueueName=WebhookNames.of(self.naming).queue)["QueueUrl"]
        depth = read_depth(self.sqs, url)
        return depth.waiting + depth.in_flight


def _unless_gone(look: Callable[[], Found]) -> Found | None:
    """What AWS answers; None when the thing was deleted, as after a tear-down that stopped halfway."""
    try:
        return look()
    except ClientError as problem:
        if any(part in code_of(problem) for part in _GONE):
            return None
        raise
