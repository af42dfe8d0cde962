"""A message move task sends dead letters to the queue that they came from, as new messages."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]


def queue(client: Client, name: str, **attributes: str) -> tuple[str, str]:
    url = client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    shown = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, shown["Attributes"]["QueueArn"]


def received(client: Client, url: str) -> list[dict[str, Any]]:
    shown = client("sqs").receive_message(
        QueueUrl=url, VisibilityTimeout=0, AttributeNames=["All"], MessageAttributeNames=["All"]
    )
    found: list[dict[str, Any]] = shown.get("Messages", [])
    return found


def test_letters_come_back_as_messages_that_nobody_has_received(client: Client, unique: str) -> None:
    dead, arn = queue(client, f"{unique}-dead")
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    url, _ = queue(client, unique, RedrivePolicy=policy)
    attribute = {"of": {"DataType": "String", "StringValue": "t"}}
    client("sqs").send_message(QueueUrl=url, MessageBody="hello", MessageAttributes=attribute)
    received(client, url)
    received(client, url)  # the second receive moves it
    (letter,) = received(client, dead)

    assert client("sqs").start_message_move_task(SourceArn=arn)["TaskHandle"]

    assert received(client, dead) == []
    (again,) = received(client, url)
    assert (again["Body"], again["Attributes"]["ApproximateReceiveCount"]) == ("hello", "1")
    assert again["MessageAttributes"]["of"]["StringValue"] == "t"
    assert again["MessageId"] != letter["MessageId"]


def test_only_the_letters_of_a_queue_can_be_moved(client: Client, unique: str) -> None:
    _, arn = queue(client, unique)
    with pytest.raises(ClientError, match="is the dead-letter queue of no queue"):
        client("sqs").start_message_move_task(SourceArn=arn)
    with pytest.raises(ClientError, match="There is no queue"):
        client("sqs").start_message_move_task(SourceArn=f"{arn}-absent")
