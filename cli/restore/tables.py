"""The table and its point-in-time copy in DynamoDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

import boto3
from botocore.exceptions import ClientError

from cli.exits import CommandError
from cli.restore.comparison import KINDS, Pair, versions_of
from handlers.jobs.client_config import client_config
from handlers.jobs.error_codes import Remedy, remedy_of
from handlers.jobs.store import keys
from handlers.jobs.store.keys import Entity, Key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        PutItemInputTypeDef,
        ScanInputTypeDef,
    )

Stored: TypeAlias = "Mapping[str, AttributeValueTypeDef]"
"""An item as DynamoDB has it, so that it is copied without a change."""

ACTIONS = frozenset(
    {
        "dynamodb:BatchGetItem",
        "dynamodb:DeleteTable",
        "dynamodb:DescribeTable",
        "dynamodb:PutItem",
        "dynamodb:RestoreTableToPointInTime",
        "dynamodb:Scan",
    }
)
PAGE = 100
"""Items in a page: BatchGetItem reads as many at once (API reference)."""
SUFFIX = "-restored"
OF_A_JOB = frozenset({Entity.JOB, Entity.COMPOSITION, Entity.WEBHOOK, Entity.DELIVERY})
"""How the keys of items begin that belong to the job whose id follows."""


class NoCopyError(CommandError):
    """There is no copy beside the table; the text says how to make one."""


@dataclass(frozen=True, kw_only=True)
class Copy:
    """The state of a copy; `at` is the time whose items it holds, in seconds since the epoch."""

    ready: bool
    status: str
    at: float | None
    items: int


@dataclass(frozen=True, kw_only=True)
class Found:
    """A pair with both items as they are stored."""

    pair: Pair
    copy: Stored
    table: Stored | None


@dataclass(frozen=True, kw_only=True)
class Page:
    """Pairs in the order of the copy, and the last key; None at the end."""

    found: Sequence[Found]
    after: Key | None


class Tables:
    """A table, and its copy under the table's name with `-restored`."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client, self._table = client, table
        self.copy_name = table + SUFFIX

    @classmethod
    def connect(cls, table: str, region: str) -> Tables:
        """The tables in a region; a scan may take longer than a handler's call."""
        config = client_config(read_seconds=30)
        return cls(boto3.client("dynamodb", region_name=region, config=config), table)

    def create(self, at: datetime) -> None:
        """Ask for a copy with the items of a point in time."""
        self._client.restore_table_to_point_in_time(
            SourceTableName=self._table, TargetTableName=self.copy_name, RestoreDateTime=at
        )

    def copy(self) -> Copy | None:
        """The copy; None when there is none."""
        try:
            found = self._client.describe_table(TableName=self.copy_name)["Table"]
        except self._client.exceptions.ResourceNotFoundException:
            return None
        summary = found.get("RestoreSummary")
        status = found["TableStatus"]
        return Copy(
            ready=status == "ACTIVE" and not (summary and summary["RestoreInProgress"]),
            status=status,
            at=summary["RestoreDateTime"].timestamp() if summary else None,
            items=found.get("ItemCount", 0),
        )

    def delete(self) -> None:
        """Delete the copy."""
        self._client.delete_table(TableName=self.copy_name)

    def page(self, after: Key | None) -> Page:
        """The next items of the copy, each with what the table has under its key."""
        request: ScanInputTypeDef = {"TableName": self.copy_name, "Limit": PAGE}
        if after:
            request["ExclusiveStartKey"] = {"pk": {"S": after.pk}, "sk": {"S": after.sk}}
        answer = self._client.scan(**request)
        items = answer["Items"]
        table = self._read([_key(item) for item in items])
        records = {_key(item): deletion for item in items if (deletion := _deletion(item))}
        wanted = {records[key] for key in records.keys() - table.keys()}
        deleted = self._read(sorted(wanted, key=lambda key: key.pk)).keys() if wanted else frozenset()
        last = answer.get("LastEvaluatedKey")
        after = _key(last) if last else None
        return Page(
            found=[
                _found(item, table.get(_key(item)), deleted=records.get(_key(item)) in deleted)
                for item in items
            ],
            after=after,
        )

    def _read(self, wanted_keys: Sequence[Key]) -> Mapping[Key, Stored]:
        """The table's items, read consistently; a busy table answers for some keys only."""
        wanted: list[Mapping[str, AttributeValueTypeDef]] = [
            {"pk": {"S": key.pk}, "sk": {"S": key.sk}} for key in wanted_keys
        ]
        found: dict[Key, Stored] = {}
        while wanted:
            answer = self._client.batch_get_item(
                RequestItems={self._table: {"Keys": wanted, "ConsistentRead": True}}
            )
            found |= {_key(item): item for item in answer["Responses"].get(self._table, [])}
            left = answer["UnprocessedKeys"].get(self._table)
            wanted = list(left["Keys"]) if left else []
        return found

    def copy_back(self, one: Found) -> bool:
        """Write the copy's item unless the table's has changed since it was read; False when it has."""
        condition = _unchanged(one)
        request: PutItemInputTypeDef = {
            "TableName": self._table,
            "Item": one.copy,
            "ConditionExpression": condition.text,
            "ExpressionAttributeNames": condition.names,
        }
        if condition.values:
            request["ExpressionAttributeValues"] = condition.values
        try:
            self._client.put_item(**request)
        except ClientError as error:
            if remedy_of(error) in {Remedy.DECIDE_ANEW, Remedy.REPEAT}:
                return False
            raise
        return True


@dataclass(frozen=True, kw_only=True)
class _Condition:
    text: str
    names: Mapping[str, str]
    values: Stored


def _unchanged(one: Found) -> _Condition:
    """The table has the item as it was read, by the numbers that every write changes."""
    if one.table is None:
        return _Condition(text="attribute_not_exists(#pk)", names={"#pk": "pk"}, values={})
    names = versions_of(one.pair.entity)
    there = [name for name in names if name in one.table]
    texts = [f"#{name} = :{name}" if name in there else f"attribute_not_exists(#{name})" for name in names]
    return _Condition(
        text=" AND ".join(["attribute_exists(#pk)", *texts]),
        names={"#pk": "pk", **{f"#{name}": name for name in names}},
        values={f":{name}": one.table[name] for name in there},
    )


def _deletion(item: Stored) -> Key | None:
    """Where the deletion of the job is recorded that an item belongs to; None for an item of no job."""
    entity, _, job_id = item["pk"]["S"].partition("#")
    return keys.deletion(job_id) if entity in OF_A_JOB and job_id else None


def _found(copy: Stored, table: Stored | None, *, deleted: bool) -> Found:
    pair = Pair(
        key=_key(copy),
        entity=entity if (entity := copy.get("entity", {}).get("S", "")) in KINDS else "other",
        copy=_numbers(copy),
        table=None if table is None else _numbers(table),
        same=copy == table,
        deleted=deleted,
    )
    return Found(pair=pair, copy=copy, table=table)


def _key(item: Stored) -> Key:
    return Key(item["pk"]["S"], item["sk"]["S"])


def _numbers(item: Stored) -> dict[str, float]:
    return {name: float(value["N"]) for name, value in item.items() if "N" in value}
