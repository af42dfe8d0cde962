"""Spells in which calls are throttled, or have their effect and no answer."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from local.emulator import server
from local.emulator.connection import Connection
from local.emulator.spells import Kind, Spell

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

NO_RETRIES = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})


@pytest.fixture
def connection() -> Iterator[Connection]:
    """An emulator of its own, in which no spell of another test lasts."""
    with server.running() as url:
        yield Connection(url, "eu-central-1")


@pytest.fixture
def once(connection: Connection) -> "SQSClient":
    return connection.session.client("sqs", endpoint_url=connection.endpoint, config=NO_RETRIES)


def test_a_throttled_call_is_refused_in_the_services_words_and_has_no_effect(
    connection: Connection, once: "SQSClient"
) -> None:
    connection.begin_spell(Spell(service="sqs", kind=Kind.THROTTLED, share=1.0, seconds=0.5))
    with pytest.raises(ClientError) as refused:
        once.create_queue(QueueName="spells-throttled")
    assert refused.value.response["Error"]["Code"] == "ThrottlingException"
    assert connection.hit_by_spells()["sqs throttled"] == 1


@pytest.mark.parametrize(
    ("service", "code", "call"),
    [
        ("dynamodb", "ThrottlingException", lambda client: client.list_tables()),
        ("s3", "SlowDown", lambda client: client.list_buckets()),
    ],
)
def test_each_service_has_its_own_words(
    connection: Connection, service: str, code: str, call: Callable[[object], object]
) -> None:
    client = connection.session.client(service, endpoint_url=connection.endpoint, config=NO_RETRIES)
    connection.begin_spell(Spell(service=service, kind=Kind.THROTTLED, share=1.0, seconds=0.5))
    with pytest.raises(ClientError) as refused:
        call(client)
    assert refused.value.response["Error"]["Code"] == code


def test_a_lost_answer_leaves_the_effect_once(
    connection: Connection, once: "SQSClient", eventually: Callable[[Callable[[], bool]], None]
) -> None:
    queue = once.create_queue(QueueName="spells-lost")["QueueUrl"]
    connection.begin_spell(Spell(service="sqs", kind=Kind.ANSWER_LOST, share=1.0, seconds=0.5))
    with pytest.raises(ConnectionClosedError):
        once.send_message(QueueUrl=queue, MessageBody="whole")
    held = list[str]()

    def counted() -> bool:
        with suppress(ConnectionClosedError):
            shown = once.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])
            held.append(shown["Attributes"]["ApproximateNumberOfMessages"])
        return bool(held)

    eventually(counted)
    assert held == ["1"]


def test_an_sdk_that_tries_again_comes_through(connection: Connection) -> None:
    connection.begin_spell(Spell(service="sqs", kind=Kind.ANSWER_LOST, share=0.9, seconds=0.1))
    patient = connection.session.client(
        "sqs", endpoint_url=connection.endpoint, config=Config(retries={"total_max_attempts": 8})
    )
    assert patient.create_queue(QueueName="spells-patient")["QueueUrl"]


def test_other_services_answer_and_streams_are_spared(connection: Connection) -> None:
    connection.begin_spell(Spell(service="dynamodb", kind=Kind.THROTTLED, share=1.0, seconds=0.5))
    assert connection.dynamodbstreams().list_streams()["Streams"] is not None
    assert connection.sqs().list_queues() is not None
