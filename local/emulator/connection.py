"""The connection to the emulated AWS: endpoint, region, and the environment for SDKs and child processes."""

import json
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import boto3

from local.emulator.client_config import CLIENT_CONFIG
from local.emulator.spells import PATH as SPELL_PATH
from local.emulator.spells import Spell

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

MINUTE_PATH = "/local-stack/minute"
"""Where a request tells the emulator that a minute of CloudWatch is over."""
SKIPPED = "skipped"
"""The parameter of the path with the number of minutes to skip instead."""
_JUDGED_S = 60.0
KEY = "local"
"""Access key of whoever is nobody in particular; the emulator takes any."""


@dataclass(frozen=True)
class Connection:
    """Clients of the emulated services; boto3's clients may be shared by threads, its sessions may not."""

    endpoint: str
    region: str
    session: boto3.Session = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        session = boto3.Session(aws_access_key_id=KEY, aws_secret_access_key=KEY, region_name=self.region)
        object.__setattr__(self, "session", session)

    def environment(self) -> dict[str, str]:
        """The environment with which a child process calls the emulator instead of AWS."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": KEY,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def end_minute(self) -> None:
        """End a minute of CloudWatch; returns when its alarms have been judged.

        Raises:
            OSError: The emulator did not answer.
        """
        self._post(MINUTE_PATH)

    def skip_minutes(self, minutes: int) -> None:
        """Put minutes without data between the latest few minutes of CloudWatch and those before.

        Raises:
            OSError: The emulator did not answer, or there are no minutes before.
        """
        self._post(f"{MINUTE_PATH}?{SKIPPED}={minutes}")

    def begin_spell(self, spell: Spell) -> None:
        """Have something happen to calls of a service for some seconds.

        Raises:
            OSError: The emulator did not answer.
        """
        self._post(f"{SPELL_PATH}?{urlencode(asdict(spell))}")

    def hit_by_spells(self) -> Mapping[str, int]:
        """How many calls each kind of spell has hit, by the service and the kind.

        Raises:
            OSError: The emulator did not answer.
        """
        found: dict[str, int] = json.loads(self._post(SPELL_PATH))
        return found

    def _post(self, path: str) -> bytes:
        with urllib.request.urlopen(f"{self.endpoint}{path}", data=b"", timeout=_JUDGED_S) as answer:  # noqa: S310
            return bytes(answer.read())

    def autoscaling(self) -> "AutoScalingClient":
        """Auto Scaling."""
        return self.session.client("autoscaling", endpoint_url=self.endpoint, config=CLIENT_CONFIG)

    def cloudwatch(self) -> "CloudWatchClient":
        """CloudWatch."""
        return self.session.client("cloudwatch", endpoint_url=self.endpoint, config=CLIENT_CONFIG)

    def dynamodb(self) -> "DynamoDBClient":
        """DynamoDB."""
        return self.session.client("dynamodb", endpoint_url=self.endpoint, config=CLIENT_CONFIG)

    def dynamodbstreams(self) -> "DynamoDBStreamsClient":
        """DynamoDB Streams."""
        return self.session.client("dynamodbstreams", endpoint_url=self.endpoint, config=CLIENT_CONFIG)

    def ec2(self) -> "EC2Client":
        """EC2."""
        return self.session.client("ec2", endpoint_url=self.endpoint, config=CLIENT_CONFIG)

    def ecs(self) -> "ECSClient":
        """ECS."""
        return self.session.client("ecs", endpoint_url=self.endpoint, config=CLIENT_CONFIG)

    def elbv2(self) -> "ElasticLoadBalancingv2Client":
        """Elastic Load Balancing."""
        return self.session.client("elbv2", endpoint_url=self.endpoint, config=CLIENT_CONFIG)

    def functions(self) -> "LambdaClient":
        """Lambda."""
        return self.session.client("lambda", endpoint_url=self.endpoint, config=CLIENT_CONFIG)

    def logs(self) -> "CloudWatchLogsClient":
        """CloudWatch Logs."""
        return self.session.client("logs", endpoint_url=self.endpoint, config=CLIENT_CONFIG)

    def s3(self) -> "S3Client":
        """S3."""
        return self.session.client("s3", endpoint_url=self.endpoint, config=CLIENT_CONFIG)

    def scheduler(self) -> "EventBridgeSchedulerClient":
        """EventBridge Scheduler."""
        return self.session.client("scheduler", endpoint_url=self.endpoint, config=CLIENT_CONFIG)

    def sqs(self) -> "SQSClient":
        """SQS."""
        return self.session.client("sqs", endpoint_url=self.endpoint, config=CLIENT_CONFIG)

    def ssm(self) -> "SSMClient":
        """Systems Manager."""
        return self.session.client("ssm", endpoint_url=self.endpoint, config=CLIENT_CONFIG)
