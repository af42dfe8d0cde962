"""The agent's adapters to SQS, S3 and EC2 Auto Scaling, and everything its role must allow."""

from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from boto3.exceptions import RetriesExceededError
from botocore.exceptions import ClientError

from handlers.jobs.client_config import client_config
from handlers.jobs.error_codes import code_of
from handlers.jobs.errors import TryAgainLater, calling
from handlers.jobs.messages import dead_letters, render_queue
from handlers.jobs.messages.render_queue import url_for
from handlers.jobs.model import Priority
from handlers.jobs.store import dispatch_marks, worker_heartbeats, worker_jobs
from handlers.render_agent.attempt import Delivery
from handlers.render_agent.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

ACTIONS = (
    frozenset(
        {
            "autoscaling:CompleteLifecycleAction",
            "autoscaling:RecordLifecycleActionHeartbeat",
            "autoscaling:SetInstanceHealth",
            "s3:AbortMultipartUpload",
            "s3:GetObject",
            "s3:ListBucket",  # without it a missing object answers 403 and looks like a wrong role
            "s3:PutObject",
            "sqs:ChangeMessageVisibility",
            "sqs:DeleteMessage",
            "sqs:ReceiveMessage",
        }
    )
    | worker_jobs.ACTIONS
    | dead_letters.ACTIONS
    | worker_heartbeats.ACTIONS
    | render_queue.ACTIONS
    | dispatch_marks.ACTIONS
)

_ABSENT = frozenset({"404", "NoSuchKey", "NotFound"})


class SqsInbox:
    """The fleet's queues in SQS."""

    def __init__(self, client: "SQSClient", queue_url: str) -> None:
        self._client, self._queue_url = client, queue_url

    def receive(self, priority: Priority, *, wait_seconds: int, hold_seconds: int) -> Delivery | None:
        """One message by long poll."""
        with calling("receive from the render queue"):
            answer = self._client.receive_message(
                QueueUrl=url_for(self._queue_url, priority),
                MaxNumberOfMessages=1,
                WaitTimeSeconds=wait_seconds,
                VisibilityTimeout=hold_seconds,
                MessageSystemAttributeNames=["ApproximateReceiveCount"],
            )
        for message in answer.get("Messages", []):
            count = message.get("Attributes", {}).get("ApproximateReceiveCount", "1")
            return Delivery(
                message_id=message["MessageId"],
                body=message["Body"],
                receipt=message["ReceiptHandle"],
                receive_count=int(count),
                priority=priority,
            )
        return None

    def hold(self, delivery: Delivery, seconds: int) -> None:
        """Change the message's visibility timeout."""
        with calling("hold a render message"):
            self._client.change_message_visibility(
                QueueUrl=url_for(self._queue_url, delivery.priority),
                ReceiptHandle=delivery.receipt,
                VisibilityTimeout=seconds,
            )

    def remove(self, delivery: Delivery) -> None:
        """Delete the message."""
        with calling("remove a render message"):
            self._client.delete_message(
                QueueUrl=url_for(self._queue_url, delivery.priority), ReceiptHandle=delivery.receipt
            )


class S3Files:
    """Inputs and outputs in S3."""

    def __init__(self, client: "S3Client", *, inputs: str, outputs: str) -> None:
        self._client, self._inputs, self._outputs = client, inputs, outputs

    def fetch(self, key: str, path: Path) -> bool:
        """Download from the inputs bucket."""
        with calling(f"fetch {key}"):
            try:
                self._client.download_file(self._inputs, key, str(path))
            except ClientError as error:
                if code_of(error) in _ABSENT:
                    return False
                raise
            except RetriesExceededError as error:
                raise TryAgainLater(f"fetch {key}: the download kept breaking off") from error
        return True

    def store(self, path: Path, key: str, content_type: str) -> None:
        """Upload to the outputs bucket, in parts when the file is large."""
        with calling(f"store {key}"), path.open("rb") as content:
            self._client.upload_fileobj(content, self._outputs, key, ExtraArgs={"ContentType": content_type})


class AutoScalingMember:
    """This instance's standing in its Auto Scaling group."""

    def __init__(
        self, client: "AutoScalingClient", *, group_name: str, launch_hook: str, terminate_hook: str
    ) -> None:
        self._client, self._group_name = client, group_name
        self._launch_hook, self._terminate_hook = launch_hook, terminate_hook

    def launched(self, instance_id: str) -> bool:
        """Continue the launch."""
        return self._complete(self._launch_hook, instance_id)

    def may_terminate(self, instance_id: str) -> bool:
        """Continue the termination."""
        return self._complete(self._terminate_hook, instance_id)

    def still_leaving(self, instance_id: str) -> bool:
        """Restart the termination hook's clock."""
        with calling("extend the termination hook"):
            try:
                self._client.record_lifecycle_action_heartbeat(
                    LifecycleHookName=self._terminate_hook,
                    AutoScalingGroupName=self._group_name,
                    InstanceId=instance_id,
                )
            except ClientError as error:
                if _nothing_waits(error):
                    return False
                raise
        return True

    def unhealthy(self, instance_id: str) -> None:
        """Have the group replace the instance, grace period or not."""
        with calling("report this instance unhealthy"):
            self._client.set_instance_health(
                InstanceId=instance_id, HealthStatus="Unhealthy", ShouldRespectGracePeriod=False
            )

    def _complete(self, hook: str, instance_id: str) -> bool:
        with calling(f"complete lifecycle hook {hook}"):
            try:
                self._client.complete_lifecycle_action(
                    LifecycleHookName=hook,
                    AutoScalingGroupName=self._group_name,
                    InstanceId=instance_id,
                    LifecycleActionResult="CONTINUE",
                )
            except ClientError as error:
                if _nothing_waits(error):
                    return False
                raise
        return True


def _nothing_waits(error: ClientError) -> bool:
    """Auto Scaling answers ValidationError when no lifecycle action is active for the instance."""
    return code_of(error) == "ValidationError"


def connect_inbox(settings: Settings, poll_seconds: int) -> SqsInbox:
    """The deployed queue; a read may take as long as the poll does."""
    config = client_config(read_seconds=poll_seconds + 10)
    return SqsInbox(boto3.client("sqs", region_name=settings.region, config=config), settings.queue_url)


def connect_files(settings: Settings) -> S3Files:
    """The deployed buckets."""
    config = client_config(read_seconds=30)
    client = boto3.client("s3", region_name=settings.region, config=config)
    return S3Files(client, inputs=settings.inputs_bucket, outputs=settings.outputs_bucket)


def connect_group(settings: Settings) -> AutoScalingMember:
    """The deployed group."""
    config = client_config(read_seconds=10)
    return AutoScalingMember(
        boto3.client("autoscaling", region_name=settings.region, config=config),
        group_name=settings.group_name,
        launch_hook=settings.launch_hook,
        terminate_hook=settings.terminate_hook,
    )
