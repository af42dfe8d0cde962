"""Quick calls ask and answer as botocore's own, on a table and a queue, and leave trouble to botocore."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from handlers.jobs.client_config import client_config
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.messages.render_queue import Dispatcher, RenderMessage
from handlers.jobs.quick_calls import quicken, signature
from handlers.jobs.store.attributes import Item
from handlers.jobs.store.keys import Key
from handlers.jobs.store.table import Condition, Put, Query, Refused, Table
from tests.job_table import create_table

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from mypy_boto3_dynamodb import DynamoDBClient

REGION = "eu-central-1"
ITEM: Item = {"pk": "JOB#1", "sk": "JOB", "content": b"\x00\xff", "list": [1, 2.5, {"B": "text"}], "B": True}


class _Raw(BytesIO):
    def stream(self) -> Iterator[bytes]:
        yield self.read()


def _body(request: AWSPreparedRequest) -> dict[str, str]:
    sent = request.body
    assert isinstance(sent, bytes)
    body: dict[str, str] = json.loads(sent)
    return body


class Line:
    """Stands where requests of a client leave the process, and answers the first ones as it is told to."""

    def __init__(self, client: "BaseClient") -> None:
        self.sent: list[AWSPreparedRequest] = []
        self.answers: list[AWSResponse | Exception | None] = []
        client.meta.events.register_first("before-send", self._take)  # type: ignore[arg-type]

    def answer(self, status: int, body: object, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append(AWSResponse("", status, named, _Raw(json.dumps(body).encode())))  # type: ignore[arg-type]

    def _take(self, request: AWSPreparedRequest, **_: object) -> AWSResponse | None:
        self.sent.append(request)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def quick(self) -> list[bool]:
        """Of each request, whether it went the short way: botocore adds an id of the invocation."""
        return ["amz-sdk-invocation-id" not in request.headers for request in self.sent]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        create_table(boto3.client("dynamodb", region_name=REGION), "jobs")
        yield


@pytest.fixture
def client(aws: None) -> "DynamoDBClient":
    made = boto3.client("dynamodb", region_name=REGION, config=client_config())
    quicken(made)
    return made


@pytest.fixture
def line(client: "DynamoDBClient") -> Line:
    return Line(client)


@pytest.fixture
def table(client: "DynamoDBClient", line: Line) -> Table:
    return Table(client, "jobs")


def test_what_is_written_and_read_is_the_same_on_both_ways(table: Table, line: Line) -> None:
    usual = Table(boto3.client("dynamodb", region_name=REGION), "jobs")
    query = Query(match=Condition("#pk = :pk", {":pk": "JOB#1"}))
    assert table.transact([Put(item=ITEM)])
    key = Key("JOB#1", "JOB")
    assert table.get(key) == usual.get(key) == ITEM
    assert [*table.query(query)] == [*usual.query(query)] == [ITEM]
    assert line.quick == [True] * 3


def test_a_refused_transaction_tells_the_item_that_stands_there(table: Table, line: Line) -> None:
    write = Put(item=ITEM, tells_item=True)
    assert table.try_transaction([write]) is None
    assert table.try_transaction([write]) == Refused((ITEM,))
    assert line.quick == [True, True]


@pytest.mark.usefixtures("aws")
def test_a_message_is_sent() -> None:
    sqs = boto3.client("sqs", region_name=REGION)
    url = sqs.create_queue(QueueName="cpu")["QueueUrl"]
    quicken(sqs)
    line = Line(sqs)
    Dispatcher(sqs).send(url, RenderMessage(job_id="r_1", attempt=1), tenant="acme")
    assert line.quick == [True]
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"]) == {"job": "r_1", "attempt": 1}


def throttled(line: Line) -> None:
    line.answer(400, {"__type": "com.amazonaws.dynamodb#ThrottlingException"})


def broken(line: Line) -> None:
    line.answer(500, {})


def damaged(line: Line) -> None:
    line.answer(200, {}, x_amz_crc32="1")


def foreign(line: Line) -> None:
    line.answer(502, "<html>")


def of_a_proxy(line: Line) -> None:
    line.answer(200, "<html>")


def of_a_proxy_with_a_sum(line: Line) -> None:
    line.answer(200, {}, x_amz_crc32="none")


def unreachable(line: Line) -> None:
    line.answers.append(EndpointConnectionError(endpoint_url="https://dynamodb", error="refused"))


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    "trouble", [throttled, broken, damaged, foreign, of_a_proxy, of_a_proxy_with_a_sum, unreachable]
)
def test_trouble_is_botocores_to_mend(table: Table, line: Line, trouble: Callable[[Line], None]) -> None:
    trouble(line)
    assert table.transact([Put(item=ITEM)])
    assert line.quick == [True, False]


def test_a_transaction_is_repeated_under_the_same_token(table: Table, line: Line) -> None:
    broken(line)
    table.transact([Put(item=ITEM)])
    first, second = (_body(request)["ClientRequestToken"] for request in line.sent)
    assert first == second


def test_a_refusal_of_the_request_is_an_error_at_once(client: "DynamoDBClient", line: Line) -> None:
    with pytest.raises(client.exceptions.ResourceNotFoundException) as refused:
        client.get_item(TableName="none", Key={"pk": {"S": "a"}, "sk": {"S": "b"}})
    assert isinstance(refused.value, ClientError)
    assert line.quick == [True]


def test_without_credentials_botocore_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    client = boto3.session.Session().client("dynamodb", region_name=REGION)
    quicken(client)
    with pytest.raises(TryAgainLater, match="NoCredentialsError"):
        Table(client, "jobs").get(Key("a", "b"))


@pytest.mark.parametrize("token", [None, "session"])
def test_the_signature_is_the_one_that_botocore_makes(token: str | None) -> None:
    credentials = ReadOnlyCredentials("AKID", "secret", token, None)
    request = AWSRequest(
        "POST",
        "https://dynamodb.eu-central-1.amazonaws.com/",
        headers={"X-Amz-Target": "DynamoDB_20120810.Query"},
        data=b"{}",
    )
    SigV4Auth(credentials, "dynamodb", REGION).add_auth(request)
    headers = {
        "host": "dynamodb.eu-central-1.amazonaws.com",
        "x-amz-date": request.headers["X-Amz-Date"],
        **({"x-amz-security-token": token} if token else {}),
        "x-amz-target": "DynamoDB_20120810.Query",
    }
    scope = f"{REGION}/dynamodb/aws4_request"
    assert request.headers["Authorization"] == signature(headers, b"{}", credentials, path="/", scope=scope)


def test_the_signature_names_the_time_of_the_call(aws: None) -> None:
    client = boto3.client("dynamodb", region_name=REGION)
    quicken(client, now=lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    line = Line(client)
    Table(client, "jobs").get(Key("a", "b"))
    assert line.sent[0].headers["x-amz-date"] == "20260102T030405Z"
