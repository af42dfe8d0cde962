"""A pytest plugin: each test finds both servers empty, and asks them only what they know.

moto answers what goes to AWS; botocore sends the calls of DynamoDB and SQS to the servers instead, because
`AWS_ENDPOINT_URL_DYNAMODB` and `AWS_ENDPOINT_URL_SQS` are set.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest

from tests.aws import REGION, shared_session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient


UNKNOWN = frozenset(
    {
        "test_a_message_is_sent",
        "test_many_messages_go_ten_with_a_call_and_keep_their_groups",
        "test_messages_of_a_tenant_are_a_group_so_that_queues_are_fair",
    }
)
"""Tests about what an implementation does not have: ElasticMQ has no fair queues. In the first, the group
leaves by the quick way, from which `_without_groups` cannot take it."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave them out."""
    config.hook.pytest_deselected(items=[item for item in items if item.name in UNKNOWN])
    items[:] = [item for item in items if item.name not in UNKNOWN]


def pytest_configure() -> None:
    """ElasticMQ 1.6.11 refuses the message groups that AWS takes on standard queues (fair queues)."""
    for operation in ("SendMessage", "SendMessageBatch"):
        shared_session().events.register(f"provide-client-params.sqs.{operation}", _without_groups)


@pytest.fixture(scope="session")
def own_session() -> boto3.Session:
    """Another than that of the tests: no stub of theirs answers it."""
    return boto3.Session(aws_access_key_id="own", aws_secret_access_key="own", region_name=REGION)


@pytest.fixture(scope="session")
def tables(own_session: boto3.Session) -> "DynamoDBClient":
    """Made once: making a client takes longer than a test."""
    return own_session.client("dynamodb")


@pytest.fixture(scope="session")
def queues(own_session: boto3.Session) -> "SQSClient":
    """Made once, likewise."""
    return own_session.client("sqs")


@pytest.fixture(autouse=True)
def empty_servers(tables: "DynamoDBClient", queues: "SQSClient") -> Iterator[None]:
    """Remove what the test has left."""
    yield
    for table in tables.list_tables()["TableNames"]:
        tables.delete_table(TableName=table)
    for queue in queues.list_queues().get("QueueUrls", []):
        queues.delete_queue(QueueUrl=queue)


def _without_groups(params: dict[str, object], **_: object) -> None:
    params.pop("MessageGroupId", None)
    entries = params.get("Entries")
    for entry in entries if isinstance(entries, list) else ():
        entry.pop("MessageGroupId", None)
