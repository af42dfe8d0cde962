"""The render queue's message, and what AWS errors become."""

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.stub import Stubber

from handlers.jobs.errors import TryAgainLater, calling
from handlers.jobs.ids import ASSET_ID, JOB_ID, new_asset_id, new_job_id, new_trace_id
from handlers.jobs.messages import render_queue
from handlers.jobs.messages.render_queue import BadMessageError, Dispatcher, RenderMessage
from handlers.jobs.store.keys import Key
from handlers.jobs.store.table import Put, Table

JOB = "r_" + "0" * 26


def test_a_message_survives_the_queue(queue_url: str) -> None:
    client = boto3.client("sqs", region_name="eu-central-1")
    Dispatcher(client).send(queue_url, RenderMessage(job_id=JOB, attempt=2), tenant="acme")
    message = client.receive_message(QueueUrl=queue_url, AttributeNames=["MessageGroupId"])["Messages"][0]
    assert render_queue.decode(message["Body"]) == RenderMessage(job_id=JOB, attempt=2)
    assert message["Attributes"]["MessageGroupId"] == "acme"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("", "not JSON"),
        pytest.param("[" * 100_000, "not JSON", id="deep"),
        ("[]", "expected"),
        ("{}", "expected"),
        (f'{{"job": "{JOB}"}}', "expected"),
        (f'{{"job": "{JOB}", "attempt": 1, "x": 1}}', "expected"),
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


@pytest.mark.parametrize(
    ("code", "status"), [("ThrottlingException", 400), ("SlowDown", 503), ("AnythingAtAll", 500)]
)
def test_throttling_and_server_errors_are_to_be_tried_again(code: str, status: int) -> None:
    with pytest.raises(TryAgainLater, match=code), calling("read"):
        raise ClientError(
            {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}},
            "GetItem",
        )


def test_a_broken_connection_is_to_be_tried_again() -> None:
    with pytest.raises(TryAgainLater, match="EndpointConnectionError"), calling("read"):
        raise EndpointConnectionError(endpoint_url="https://x.invalid")


def test_a_refused_permission_is_no_bad_luck() -> None:
    with pytest.raises(ClientError), calling("read"):
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": ""}}, "GetItem")


@pytest.mark.parametrize(
    ("codes", "outcome"),
    [
        (["None", "ConditionalCheckFailed"], False),
        (["TransactionConflict", "None"], False),
        (["TransactionConflict", "ConditionalCheckFailed"], False),
        (["ThrottlingError"], TryAgainLater),
        (["ConditionalCheckFailed", "ProvisionedThroughputExceeded"], TryAgainLater),
        (["ValidationError"], ClientError),
    ],
)
def test_a_cancelled_transaction_is_lost_throttled_or_a_mistake(
    codes: list[str], outcome: bool | type[Exception]
) -> None:
    client = boto3.client(
        "dynamodb", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    with Stubber(client) as stub:
        stub.add_client_error(
            "transact_write_items",
            "TransactionCanceledException",
            modeled_fields={"CancellationReasons": [{"Code": code} for code in codes]},
        )
        table, write = Table(client, "t"), Put(item={"pk": "a", "sk": "b"})
        if isinstance(outcome, bool):
            assert table.transact([write]) is outcome
        else:
            with pytest.raises(outcome):
                table.transact([write])


def test_names_are_of_their_kind_and_in_the_order_of_time() -> None:
    early, late = new_job_id(1_700_000_000.0), new_job_id(1_700_000_000.001)
    assert JOB_ID.fullmatch(early)
    assert early < late
    assert ASSET_ID.fullmatch(new_asset_id(1_700_000_000.0))
    assert len({new_job_id(1.0) for _ in range(1000)}) == 1000
    assert len(new_trace_id()) == 32


def test_a_missing_item_is_none(table: Table) -> None:
    assert table.get(Key("x", "y")) is None
