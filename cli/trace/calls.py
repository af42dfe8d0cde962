"""Calls to AWS, counted and limited: each is known by its IAM action before it is made."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import boto3
from botocore.client import BaseClient
from botocore.model import OperationModel

from handlers.jobs.client_config import client_config

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_ssm import SSMClient

MOST_CALLS = 25
"""Of one trace. It must stay cheap to ask, and an operator must be able to list what is asked."""

ACTIONS = frozenset(
    {
        "autoscaling:DescribeScalingActivities",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "logs:GetQueryResults",
        "logs:StartQuery",
        "s3:GetObject",
        "s3:ListBucket",
        "ssm:DescribeInstanceAssociationsStatus",
    }
)
"""All that a trace calls."""

_NAMED_OTHERWISE = {"s3:ListObjectsV2": "s3:ListBucket"}
"""Operations whose action has another name (Service Authorization Reference)."""

Client = TypeVar("Client", bound=BaseClient)


class NoCallsLeftError(Exception):
    """The trace has made all the calls that it may."""


@dataclass
class Calls:
    """The clients of one trace, and what they have called; without an endpoint they call AWS."""

    session: boto3.Session
    endpoint: str | None = None
    made: list[str] = field(default_factory=list)

    def dynamodb(self) -> "DynamoDBClient":
        """DynamoDB."""
        return self._counted(
            self.session.client("dynamodb", endpoint_url=self.endpoint, config=client_config())
        )

    def logs(self) -> "CloudWatchLogsClient":
        """CloudWatch Logs."""
        return self._counted(self.session.client("logs", endpoint_url=self.endpoint, config=client_config()))

    def autoscaling(self) -> "AutoScalingClient":
        """Auto Scaling."""
        return self._counted(
            self.session.client("autoscaling", endpoint_url=self.endpoint, config=client_config())
        )

    def cloudwatch(self) -> "CloudWatchClient":
        """CloudWatch."""
        return self._counted(
            self.session.client("cloudwatch", endpoint_url=self.endpoint, config=client_config())
        )

    def ssm(self) -> "SSMClient":
        """Systems Manager."""
        return self._counted(self.session.client("ssm", endpoint_url=self.endpoint, config=client_config()))

    def s3(self) -> "S3Client":
        """S3."""
        return self._counted(self.session.client("s3", endpoint_url=self.endpoint, config=client_config()))

    def _counted(self, client: Client) -> Client:
        client.meta.events.register("before-call", self._count)
        return client

    def _count(self, model: OperationModel, **_given: object) -> None:
        if len(self.made) >= MOST_CALLS:
            raise NoCallsLeftError(f"the trace may make {MOST_CALLS} calls, and has made them")
        name = f"{model.service_model.signing_name}:{model.name}"
        self.made.append(_NAMED_OTHERWISE.get(name, name))
