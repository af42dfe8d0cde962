"""How far a deployment is, asked of AWS and of the table."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3

from cli.deploy import conditions
from cli.deploy.conditions import AgentVersion, FunctionCode, Refresh, ServiceDeployment
from cli.deployed_stack import DeployedStack
from handlers.jobs.store.fleet_workers import FleetWorkers
from handlers.jobs.store.table import connect

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_lambda import LambdaClient

ALIVE_S = 120.0
"""A worker that has been silent for longer is gone, although its record is still there."""


@dataclass(frozen=True, kw_only=True)
class Looking:
    """The deployed parts, each judged as it stands now."""

    stack: DeployedStack
    ecs: "ECSClient"
    autoscaling: "AutoScalingClient"
    functions_client: "LambdaClient"
    workers: FleetWorkers

    @classmethod
    def at(cls, stack: DeployedStack) -> "Looking":
        """With clients for the stack's region."""
        return cls(
            stack=stack,
            ecs=boto3.client("ecs", region_name=stack.region),
            autoscaling=boto3.client("autoscaling", region_name=stack.region),
            functions_client=boto3.client("lambda", region_name=stack.region),
            workers=FleetWorkers(connect(stack.text("table_name"), stack.region)),
        )

    def service(self) -> conditions.Judgement:
        """The API."""
        return conditions.service(
            self.deployments(), _revision(self.stack.text("job_server_task_definition"))
        )

    def deployments(self) -> Sequence[ServiceDeployment]:
        """The deployments of the API that ECS still knows."""
        answer = self.ecs.describe_services(
            cluster=self.stack.text("job_server_cluster"), services=[self.stack.text("job_server_service")]
        )
        return [
            ServiceDeployment(
                primary=one["status"] == "PRIMARY",
                revision=_revision(one["taskDefinition"]),
                state=one.get("rolloutState", ""),
                reason=one.get("rolloutStateReason", ""),
                running=one["runningCount"],
                desired=one["desiredCount"],
            )
            for service in answer["services"]
            for one in service["deployments"]
        ]

    def functions(self) -> conditions.Judgement:
        """The Lambda functions."""
        wanted = self.stack.texts("function_code")
        return conditions.functions(self._code_of(wanted), wanted)

    def _code_of(self, wanted: Mapping[str, str]) -> list[FunctionCode]:
        found = []
        for name in wanted:
            try:
                shown = self.functions_client.get_function_configuration(FunctionName=name)
            except self.functions_client.exceptions.ResourceNotFoundException:
                continue
            found.append(
                FunctionCode(
                    name=name,
                    code=shown["CodeSha256"],
                    # Lambda leaves it out of a function that was never updated.
                    update=shown.get("LastUpdateStatus", "Successful"),
                    reason=shown.get("LastUpdateStatusReason", ""),
                )
            )
        return found

    def refresh(self, fleet: str, *, since: float) -> conditions.Judgement:
        """The replacement of a fleet's instances."""
        answer = self.autoscaling.describe_instance_refreshes(
            AutoScalingGroupName=self.stack.texts("group_names")[fleet]
        )
        newest = [
            Refresh(
                started=one["StartTime"].timestamp() if "StartTime" in one else since,
                status=one["Status"],
                percent=one.get("PercentageComplete", 0),
                left=one.get("InstancesToUpdate", 0),
                reason=one.get("StatusReason", ""),
            )
            for one in answer["InstanceRefreshes"][:1]
        ]
        return conditions.refresh(newest[0] if newest else None, since=since)

    def agents(self, fleet: str) -> conditions.Judgement:
        """What the fleet's workers run."""
        alive = time.time() - ALIVE_S
        reported = [
            AgentVersion(instance=one.instance_id, version=one.agent_version)
            for one in self.workers.of_fleet(fleet)
            if one.heartbeat_at > alive
        ]
        return conditions.agents(reported, self.stack.text("agent_version"))


def _revision(arn: str) -> str:
    """A task definition as an operator calls it: family and revision."""
    return arn.rpartition("/")[2]
