"""The render queue's message."""

import boto3
import pytest

from handlers.jobs.ids import ASSET_ID, JOB_ID, new_asset_id, new_job_id, new_request_id
from handlers.jobs.messages import render_queue
from handlers.jobs.messages.render_queue import BadMessageError, Dispatcher, RenderMessage

JOB = "r_" + "0" * 26


def test_a_message_survives_the_queue(queue_url: str) -> None:
    client = boto3.client("sqs", region_name="eu-central-1")
    Dispatcher(client).send(queue_url, RenderMessage(job_id=JOB, attempt=2), tenant="acme")
    (message,) = client.receive_message(QueueUrl=queue_url)["Messages"]
    assert render_queue.decode(message["Body"]) == RenderMessage(job_id=JOB, attempt=2)


def test_messages_of_a_tenant_are_a_group_so_that_queues_are_fair(queue_url: str) -> None:
    client = boto3.client("sqs", region_name="eu-central-1")
    Dispatcher(client).send(queue_url, RenderMessage(job_id=JOB, attempt=2), tenant="acme")
    (message,) = client.receive_message(QueueUrl=queue_url, AttributeNames=["MessageGroupId"])["Messages"]
    assert message["Attributes"]["MessageGroupId"] == "acme"


def test_a_member_that_a_later_release_adds_is_ignored() -> None:
    body = f'{{"job": "{JOB}", "attempt": 2, "priority": 1}}'
    assert render_queue.decode(body) == RenderMessage(job_id=JOB, attempt=2)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("", "not JSON"),
        pytest.param("[" * 100_000, "not JSON", id="deep"),
        ("[]", "expected"),
        ("{}", "expected"),
        (f'{{"job": "{JOB}"}}', "expected"),
        (f'{{"job": "{JOB}", "attempt": 1, "reason": "engine_crashed"}}', "expected"),
        ('{"job": "r_1", "attempt": 1}', "'job' is 'r_1'"),
        ('{"job": 1, "attempt": 1}', "'job' is 1"),
        (f'{{"job": "{JOB}", "attempt": 0}}', "'attempt' is 0"),
        (f'{{"job": "{JOB}", "attempt": true}}', "'attempt' is True"),
        (f'{{"job": "{JOB}", "attempt": "1"}}', "'attempt' is '1'"),
    ],
)
def test_what_is_no_message_is_refused_with_a_reason(body: str, told: str) -> None:
    with pytest.raises(BadMessageError, match=told):
        render_queue.decode(body)


def test_names_are_of_their_kind_and_in_the_order_of_time() -> None:
    early, late = new_job_id(1_700_000_000.0), new_job_id(1_700_000_000.001)
    assert JOB_ID.fullmatch(early)
    assert early < late
    assert ASSET_ID.fullmatch(new_asset_id(1_700_000_000.0))
    assert len({new_job_id(1.0) for _ in range(1000)}) == 1000
    assert len(new_request_id()) == 32
