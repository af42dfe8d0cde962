"""What belongs to a stack and is in no state, because commands or AWS made it: `pulumi destroy` leaves it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3

from cli.restore.tables import SUFFIX
from components.naming import Naming
from components.naming.store_names import StoreNames

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_ssm import SSMClient

_AT_ONCE = 10
"""DeleteParameters and DeleteTaskDefinitions take as many (API references)."""


@dataclass(frozen=True, kw_only=True)
class Strays:
    """Webhook secrets, a copy of the table, revisions of the API's tasks, logs of Container Insights."""

    naming: Naming
    ecs: "ECSClient"
    ssm: "SSMClient"
    dynamodb: "DynamoDBClient"
    logs: "CloudWatchLogsClient"

    @classmethod
    def of(cls, naming: Naming) -> "Strays":
        """With clients for the stack's region."""
        return cls(
            naming=naming,
            ecs=boto3.client("ecs", region_name=naming.region),
            ssm=boto3.client("ssm", region_name=naming.region),
            dynamodb=boto3.client("dynamodb", region_name=naming.region),
            logs=boto3.client("logs", region_name=naming.region),
        )

    def delete(self) -> Iterator[str]:
        """Delete them, and name each that was there."""
        yield from self._secrets()
        yield from self._copy()
        yield from self._task_definitions()
        yield from self._log_groups()

    def _secrets(self) -> Iterator[str]:
        pages = self.ssm.get_paginator("describe_parameters").paginate(
            ParameterFilters=[{"Key": "Path", "Values": [self.naming.path("webhook-secrets")]}]
        )
        names = [one["Name"] for page in pages for one in page["Parameters"]]
        for start in range(0, len(names), _AT_ONCE):
            self.ssm.delete_parameters(Names=names[start : start + _AT_ONCE])
        yield from (f"parameter {name}" for name in names)

    def _copy(self) -> Iterator[str]:
        name = StoreNames.of(self.naming).table + SUFFIX
        try:
            self.dynamodb.delete_table(TableName=name)
        except self.dynamodb.exceptions.ResourceNotFoundException:
            return
        yield f"table {name}"

    def _task_definitions(self) -> Iterator[str]:
        """The program keeps every revision, so that ECS can roll back to one of them."""
        pages = self.ecs.get_paginator("list_task_definitions").paginate(familyPrefix=self._service)
        arns = [arn for page in pages for arn in page["taskDefinitionArns"]]
        for arn in arns:
            self.ecs.deregister_task_definition(taskDefinition=arn)
        for start in range(0, len(arns), _AT_ONCE):
            self.ecs.delete_task_definitions(taskDefinitions=arns[start : start + _AT_ONCE])
        yield from (f"task definition {arn.rpartition('/')[2]}" for arn in arns)

    def _log_groups(self) -> Iterator[str]:
        """Container Insights keeps its log group when the cluster is gone."""
        prefix = f"/aws/ecs/containerinsights/{self._service}/"
        for group in self.logs.describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]:
            self.logs.delete_log_group(logGroupName=group["logGroupName"])
            yield f"log group {group['logGroupName']}"

    @property
    def _service(self) -> str:
        """The name of the API's cluster, and of the family of its tasks."""
        return self.naming.physical("job-server", limit=255)
