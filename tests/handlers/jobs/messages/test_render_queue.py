"""The render queue's message."""

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from handlers.jobs.ids import ASSET_ID, JOB_ID, new_asset_id, new_job_id, new_request_id
from handlers.jobs.messages import render_queue
from handlers.jobs.messages.render_queue import Addressed, BadMessageError, Dispatcher, RenderMessage

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


def test_many_messages_go_ten_with_a_call_and_keep_their_groups(queue_url: str) -> None:
    client = boto3.client("sqs", region_name="eu-central-1")
    calls: list[int] = []
    client.meta.events.register(
        "provide-client-params.sqs.SendMessageBatch", lambda params, **_: calls.append(len(params["Entries"]))
    )
    messages = [message_of(new_job_id(number), tenant=f"t{number % 2}") for number in range(23)]
    assert Dispatcher(client).send_all(queue_url, messages) == []
    assert calls == [10, 10, 3]
    seen = {}
    while found := client.receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, AttributeNames=["MessageGroupId"]
    ).get("Messages"):
        seen |= {one["Body"]: one["Attributes"]["MessageGroupId"] for one in found}
    assert seen == {render_queue.encode(one.message): one.tenant for one in messages}


class Refusing:
    """A queue that takes no message with an odd place in its call, and then fails."""

    def __init__(self) -> None:
        self.calls = 0

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, object]:  # noqa: N803
        self.calls += 1
        if self.calls == 2:
            raise EndpointConnectionError(endpoint_url=QueueUrl)
        return {"Failed": [{"Id": one["Id"]} for one in Entries if int(one["Id"]) % 2]}


def test_messages_that_the_queue_refuses_are_told_and_after_a_failed_call_all_that_follow() -> None:
    queue = Refusing()
    messages = [message_of(new_job_id(number)) for number in range(31)]
    refused = Dispatcher(queue).send_all("https://queue", messages)  # type: ignore[arg-type]
    assert refused == [*messages[1:10:2], *messages[10:]]
    assert queue.calls == 2


def message_of(job_id: str, tenant: str = "acme") -> Addressed:
    return Addressed(message=RenderMessage(job_id=job_id, attempt=1), tenant=tenant)


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
