"""The adapters against moto where it knows the call, and against botocore's stubber where it does not."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from boto3.exceptions import RetriesExceededError
from botocore.stub import Stubber

from handlers.jobs.errors import TryAgainLater
from handlers.jobs.messages.render_queue import url_for
from handlers.jobs.model import Priority
from handlers.render_agent.attempt import Delivery
from handlers.render_agent.aws import AutoScalingMember, S3Files, SqsInbox

REGION = "eu-central-1"
HOOKED = {"AutoScalingGroupName": "group", "InstanceId": "i-1"}


@pytest.fixture
def files(aws: None) -> S3Files:
    client = boto3.client("s3", region_name=REGION)
    for bucket in ("inputs", "outputs"):
        client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    client.put_object(Bucket="inputs", Key="here", Body=b"content")
    return S3Files(client, inputs="inputs", outputs="outputs")


@pytest.fixture
def inbox(queue_url: str) -> SqsInbox:
    return SqsInbox(boto3.client("sqs", region_name=REGION), queue_url)


@pytest.fixture
def hooks() -> Iterator[tuple[AutoScalingMember, Stubber]]:
    client = boto3.client(
        "autoscaling", region_name=REGION, aws_access_key_id="testing", aws_secret_access_key="testing"
    )
    member = AutoScalingMember(client, group_name="group", launch_hook="launch", terminate_hook="terminate")
    with Stubber(client) as stubber:
        yield member, stubber
        stubber.assert_no_pending_responses()


def send(queue_url: str) -> None:
    boto3.client("sqs", region_name=REGION).send_message(QueueUrl=queue_url, MessageBody="hello")


def received(inbox: SqsInbox) -> Delivery | None:
    return inbox.receive(Priority.NORMAL, wait_seconds=0, hold_seconds=60)


def test_a_message_is_hidden_while_held_and_comes_back_when_given_back(
    inbox: SqsInbox, queue_url: str
) -> None:
    send(queue_url)
    delivery = received(inbox)
    assert delivery is not None
    assert (delivery.body, delivery.receive_count) == ("hello", 1)
    inbox.hold(delivery, 60)
    assert received(inbox) is None
    inbox.hold(delivery, 0)
    again = received(inbox)
    assert again is not None
    assert again.receive_count == 2


def test_a_message_of_the_bulk_queue_is_held_and_removed_there(inbox: SqsInbox, queue_url: str) -> None:
    send(url_for(queue_url, Priority.BULK))
    assert received(inbox) is None
    delivery = inbox.receive(Priority.BULK, wait_seconds=0, hold_seconds=60)
    assert delivery is not None
    inbox.hold(delivery, 0)
    again = inbox.receive(Priority.BULK, wait_seconds=0, hold_seconds=60)
    assert again is not None
    inbox.remove(again)
    assert inbox.receive(Priority.BULK, wait_seconds=0, hold_seconds=60) is None


def test_a_removed_message_never_comes_back(inbox: SqsInbox, queue_url: str) -> None:
    send(queue_url)
    delivery = received(inbox)
    assert delivery is not None
    inbox.remove(delivery)
    inbox_is_empty = received(inbox) is None
    assert inbox_is_empty


def test_an_input_is_copied_and_its_absence_is_an_answer(files: S3Files, tmp_path: Path) -> None:
    assert files.fetch("here", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"content"
    assert not files.fetch("nowhere", tmp_path / "copy2")


class BreakingOff:
    """An S3 client whose downloads end in the middle every time."""

    def download_file(self, *_: str) -> None:
        raise RetriesExceededError(ConnectionResetError("reset by peer"))


def test_a_download_that_keeps_breaking_off_is_trouble_that_passes(tmp_path: Path) -> None:
    breaking = S3Files(BreakingOff(), inputs="inputs", outputs="outputs")  # type: ignore[arg-type]
    with pytest.raises(TryAgainLater, match="fetch here"):
        breaking.fetch("here", tmp_path / "copy")


def test_an_output_is_stored_with_its_type(files: S3Files, tmp_path: Path) -> None:
    (tmp_path / "video").write_bytes(b"moving")
    files.store(tmp_path / "video", "outputs/a/b/1/video.mp4", "video/mp4")
    stored = boto3.client("s3", region_name=REGION).get_object(
        Bucket="outputs", Key="outputs/a/b/1/video.mp4"
    )
    assert (stored["Body"].read(), stored["ContentType"]) == (b"moving", "video/mp4")


def test_each_hook_is_completed_by_its_name(hooks: tuple[AutoScalingMember, Stubber]) -> None:
    member, stubber = hooks
    for hook in ("launch", "terminate"):
        wanted = {"LifecycleHookName": hook, "LifecycleActionResult": "CONTINUE", **HOOKED}
        stubber.add_response("complete_lifecycle_action", {}, wanted)
    assert member.launched("i-1")
    assert member.may_terminate("i-1")


def test_more_time_is_asked_of_the_termination_hook(hooks: tuple[AutoScalingMember, Stubber]) -> None:
    member, stubber = hooks
    wanted = {"LifecycleHookName": "terminate", **HOOKED}
    stubber.add_response("record_lifecycle_action_heartbeat", {}, wanted)
    assert member.still_leaving("i-1")


def test_a_hook_that_does_not_wait_is_an_answer(hooks: tuple[AutoScalingMember, Stubber]) -> None:
    member, stubber = hooks
    stubber.add_client_error(
        "complete_lifecycle_action", "ValidationError", "No active Lifecycle Action found"
    )
    stubber.add_client_error(
        "record_lifecycle_action_heartbeat", "ValidationError", "No active Lifecycle Action"
    )
    assert not member.launched("i-1")
    assert not member.still_leaving("i-1")


def test_throttling_is_trouble_and_not_an_answer(hooks: tuple[AutoScalingMember, Stubber]) -> None:
    member, stubber = hooks
    stubber.add_client_error("complete_lifecycle_action", "Throttling", "Rate exceeded", 400)
    with pytest.raises(TryAgainLater):
        member.may_terminate("i-1")


def test_an_unhealthy_instance_is_replaced_at_once(hooks: tuple[AutoScalingMember, Stubber]) -> None:
    member, stubber = hooks
    wanted = {"InstanceId": "i-1", "HealthStatus": "Unhealthy", "ShouldRespectGracePeriod": False}
    stubber.add_response("set_instance_health", {}, wanted)
    member.unhealthy("i-1")
