"""The operations that the console may call; any other is refused before it is sent."""

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.model import OperationModel

from cli.trace.calls import Calls, Client

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_ssm import SSMClient

OPERATIONS = frozenset(
    {
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeScalingActivities",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricData",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "logs:GetQueryResults",
        "logs:StartQuery",
        "s3:GetObject",
        "s3:ListObjectsV2",
        "ssm:DescribeInstanceAssociationsStatus",
    }
)
"""As `<service>:<operation>`. None changes anything."""
_NAMED_OTHERWISE = {"s3:ListObjectsV2": "s3:ListBucket"}
_SIGNED_AS = {"monitoring": "cloudwatch"}
"""CloudWatch signs by its old name; its actions are called by the new one."""

_MAKING = threading.Lock()
"""A session of boto3 makes one client at a time."""


def action_of(operation: str) -> str:
    """The action of IAM that allows an operation of the list."""
    return _NAMED_OTHERWISE.get(operation, operation)


class NotAllowedError(Exception):
    """The console was about to call an operation that is not on its list."""


def refuse_others(model: OperationModel, **_given: object) -> None:
    """Handle botocore's `before-call`.

    Raises:
        NotAllowedError: The operation is not on the list.
    """
    signed = model.service_model.signing_name
    name = f"{_SIGNED_AS.get(signed, signed)}:{model.name}"
    if name not in OPERATIONS:
        raise NotAllowedError(f"the console does not call {name}; it calls {', '.join(sorted(OPERATIONS))}")


@dataclass
class ReadOnlyCalls(Calls):
    """Calls whose every client refuses what is not on the list; several threads may make clients."""

    def dynamodb(self) -> "DynamoDBClient":
        """DynamoDB."""
        with _MAKING:
            return super().dynamodb()

    def logs(self) -> "CloudWatchLogsClient":
        """CloudWatch Logs."""
        with _MAKING:
            return super().logs()

    def autoscaling(self) -> "AutoScalingClient":
        """Auto Scaling."""
        with _MAKING:
            return super().autoscaling()

    def cloudwatch(self) -> "CloudWatchClient":
        """CloudWatch."""
        with _MAKING:
            return super().cloudwatch()

    def ssm(self) -> "SSMClient":
        """Systems Manager."""
        with _MAKING:
            return super().ssm()

    def s3(self) -> "S3Client":
        """S3."""
        with _MAKING:
            return super().s3()

    def _counted(self, client: Client) -> Client:
        client.meta.events.register_first("before-call", refuse_others)
        return super()._counted(client)
