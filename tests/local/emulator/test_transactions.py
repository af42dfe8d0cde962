"""What a table and its stream show after writes that succeed, and after those that are refused."""

import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends

from local.emulator.server import ACCOUNT
from tests.local.emulator.conftest import REGION

ABSENT = {"ConditionExpression": "attribute_not_exists(pk)"}


class Table:
    """A table with a stream and one reader that began before the first write."""

    def __init__(self, client: Callable[[str], Any], name: str) -> None:
        self.name, self.dynamodb, self.streams = name, client("dynamodb"), client("dynamodbstreams")
        self.stream = self.dynamodb.create_table(
            TableName=name,
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )["TableDescription"]["LatestStreamArn"]
        self.reader = self.iterator("LATEST")

    def iterator(self, kind: str, **more: str) -> str:
        shard = self.streams.describe_stream(StreamArn=self.stream)["StreamDescription"]["Shards"][0]
        return str(
            self.streams.get_shard_iterator(
                StreamArn=self.stream, ShardId=shard["ShardId"], ShardIteratorType=kind, **more
            )["ShardIterator"]
        )

    def put(self, key: str, **more: Any) -> None:
        self.dynamodb.put_item(TableName=self.name, Item=item(key), **more)

    def transact(self, *keys: str) -> None:
        """Create these items, all or none."""
        self.dynamodb.transact_write_items(
            TransactItems=[{"Put": {"TableName": self.name, "Item": item(key), **ABSENT}} for key in keys]
        )

    def keys(self) -> list[str]:
        return sorted(one["pk"]["S"] for one in self.dynamodb.scan(TableName=self.name)["Items"])

    def heard(self) -> list[tuple[str, str]]:
        """What the reader has not read yet: kind of change and key."""
        answer = self.streams.get_records(ShardIterator=self.reader)
        self.reader = answer["NextShardIterator"]
        return [(one["eventName"], one["dynamodb"]["Keys"]["pk"]["S"]) for one in answer["Records"]]


def item(key: str) -> dict[str, Any]:
    return {"pk": {"S": key}, "sk": {"S": "JOB"}, "state": {"S": "queued"}}


@pytest.fixture
def table(client: Callable[[str], Any], unique: str) -> Table:
    return Table(client, unique)


def test_who_reads_a_stream_hears_of_the_change_after_a_lost_condition(table: Table) -> None:
    table.put("taken")
    with pytest.raises(ClientError, match="TransactionCanceled"):
        table.transact("taken")
    table.put("next")
    assert table.heard() == [("INSERT", "taken"), ("INSERT", "next")]


def test_a_refused_transaction_leaves_neither_items_nor_records(table: Table) -> None:
    table.put("taken")
    table.heard()
    with pytest.raises(ClientError, match="TransactionCanceled"):
        table.transact("new", "taken", "newer")
    assert table.keys() == ["taken"]
    assert table.heard() == []


def test_a_refused_transaction_restores_what_it_changed_and_removed(table: Table) -> None:
    table.put("changed")
    table.put("removed")
    table.heard()
    changed, removed = (
        {"TableName": table.name, "Key": {"pk": {"S": key}, "sk": {"S": "JOB"}}}
        for key in ("changed", "removed")
    )
    change = {
        "UpdateExpression": "SET #s = :s",
        "ExpressionAttributeNames": {"#s": "state"},
        "ExpressionAttributeValues": {":s": {"S": "rendering"}},
    }
    refused = {"Put": {"TableName": table.name, "Item": item("removed"), **ABSENT}}
    with pytest.raises(ClientError, match="one item"):  # moto's own refusal of two writes to one item
        table.dynamodb.transact_write_items(
            TransactItems=[{"Update": {**changed, **change}}, {"Delete": removed}, refused]
        )
    assert table.keys() == ["changed", "removed"]
    shown = table.dynamodb.get_item(TableName=table.name, Key=changed["Key"])["Item"]
    assert shown == item("changed")
    assert table.heard() == []


def test_an_update_that_creates_an_item_is_one_record(table: Table) -> None:
    table.dynamodb.update_item(
        TableName=table.name,
        Key={"pk": {"S": "new"}, "sk": {"S": "JOB"}},
        UpdateExpression="SET n = :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
    records = table.streams.get_records(ShardIterator=table.reader)["Records"]
    assert [one["eventName"] for one in records] == ["INSERT"]
    assert records[0]["dynamodb"]["NewImage"]["n"] == {"N": "1"}


def test_a_write_that_changes_nothing_is_no_record(table: Table) -> None:
    table.put("same")
    table.put("same")
    assert table.heard() == [("INSERT", "same")]


def test_a_refused_update_leaves_no_half_made_item(table: Table) -> None:
    with pytest.raises(ClientError):
        table.dynamodb.update_item(
            TableName=table.name,
            Key={"pk": {"S": "new"}, "sk": {"S": "JOB"}},
            UpdateExpression="SET a = :one, b = missing",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
    assert table.keys() == []
    assert table.heard() == []


def test_a_transaction_costs_the_same_at_ten_and_at_a_thousand_jobs(table: Table) -> None:
    costs = []
    for jobs in (10, 1_000):
        for number in range(len(table.keys()), jobs):
            put_directly(table.name, f"r_{number}")
        costs.append(calls_of(lambda n=jobs: transact_directly(table.name, f"new_{n}", f"newer_{n}")))
    assert costs[1] <= costs[0] * 1.2


def put_directly(name: str, key: str) -> None:
    dynamodb_backends[ACCOUNT][REGION].put_item(name, item(key))


def transact_directly(name: str, *keys: str) -> None:
    dynamodb_backends[ACCOUNT][REGION].transact_write_items(
        [{"Put": {"TableName": name, "Item": item(key), **ABSENT}} for key in keys]
    )


def calls_of(work: Callable[[], object]) -> int:
    """How many functions a piece of work calls: its cost, without a clock."""
    count = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def test_nobody_writes_while_a_table_is_read(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """moto's readers iterate over what its writers, and even other readers, add to."""
    reading, written, overlaps = threading.Event(), threading.Event(), list[bool]()
    scan = DynamoDBBackend.scan

    def slow_scan(*given: Any, **named: Any) -> Any:
        reading.set()
        overlaps.append(written.wait(0.1))
        return scan(*given, **named)

    monkeypatch.setattr(DynamoDBBackend, "scan", slow_scan)
    reader = threading.Thread(target=table.keys)
    reader.start()
    reading.wait()
    table.put("meanwhile")
    written.set()
    reader.join()
    assert overlaps == [False]
