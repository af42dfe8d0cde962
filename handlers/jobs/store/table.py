"""The one DynamoDB table, with the few operations that this service needs."""

import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeVar

import boto3
from botocore.exceptions import ClientError

from handlers.jobs.client_config import CONNECTIONS, client_config
from handlers.jobs.error_codes import Remedy, items_found, remedy_of
from handlers.jobs.errors import TryAgainLater, calling
from handlers.jobs.store.attributes import Item, Value, decode_item, encode_item
from handlers.jobs.store.keys import Key
from handlers.jobs.store.reading import UnreadableItemError

if TYPE_CHECKING:
    from botocore.awsrequest import AWSResponse
    from botocore.client import BaseClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        DeleteTypeDef,
        PutTypeDef,
        QueryInputTypeDef,
        QueryOutputTypeDef,
        TransactWriteItemTypeDef,
        UpdateTypeDef,
    )

MOST_CALLS: Final = 20
"""Calls for a list into which instances may write any number of items; one call reads at most a megabyte."""
MOST_KEYS: Final = 100
"""Items that one call reads by their keys (API reference, "BatchGetItem")."""
PAUSES_SECONDS = (0.01, 0.05, 0.1, 0.2)
"""Pause before repeating a write that met another transaction, which takes some ten milliseconds, or asking
for what a read has left out."""


@dataclass(frozen=True)
class Condition:
    """A condition: text with `#attribute` and `:value`; the attributes' names follow from the text."""

    text: str
    values: Mapping[str, Value] = field(default_factory=dict)


ABSENT = Condition("attribute_not_exists(#pk)")
PRESENT = Condition("attribute_exists(#pk)")


def equal(**wanted: Value | None) -> Condition:
    """Every named attribute has the given value; None stands for absent."""
    return Condition(
        " AND ".join(
            f"attribute_not_exists(#{name})" if value is None else f"#{name} = :is_{name}"
            for name, value in wanted.items()
        ),
        {f":is_{name}": value for name, value in wanted.items() if value is not None},
    )


@dataclass(frozen=True, kw_only=True)
class Put:
    """Write a whole item.

    With `tells_item`, a transaction that fails on the condition tells which item stands in the place.
    """

    item: Item
    condition: Condition = field(default_factory=lambda: ABSENT)
    tells_item: bool = False

    def request(self, table: str) -> "PutTypeDef":
        """The request for DynamoDB."""
        request: PutTypeDef = {
            "TableName": table,
            "Item": encode_item(self.item),
            "ConditionExpression": self.condition.text,
            "ExpressionAttributeNames": _names(self.condition.text),
        }
        if self.condition.values:
            request["ExpressionAttributeValues"] = encode_item(self.condition.values)
        if self.tells_item:
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        return request


@dataclass(frozen=True, kw_only=True)
class Update:
    """Change single attributes of an item: `None` removes one."""

    key: Key
    changes: Mapping[str, Value | None]
    condition: Condition = field(default_factory=lambda: PRESENT)

    def request(self, table: str) -> "UpdateTypeDef":
        """The request for DynamoDB."""
        put = {name: value for name, value in self.changes.items() if value is not None}
        removed = [f"#{name}" for name, value in self.changes.items() if value is None]
        text = " ".join(
            [
                *(["SET " + ", ".join(f"#{name} = :to_{name}" for name in put)] if put else []),
                *(["REMOVE " + ", ".join(removed)] if removed else []),
            ]
        )
        values = {**self.condition.values, **{f":to_{name}": value for name, value in put.items()}}
        request: UpdateTypeDef = {
            "TableName": table,
            "Key": {"pk": {"S": self.key.pk}, "sk": {"S": self.key.sk}},
            "UpdateExpression": text,
            "ConditionExpression": self.condition.text,
            "ExpressionAttributeNames": _names(f"{text} {self.condition.text}"),
        }
        if values:
            request["ExpressionAttributeValues"] = encode_item(values)
        return request


@dataclass(frozen=True, kw_only=True)
class Delete:
    """Remove an item."""

    key: Key
    condition: Condition = field(default_factory=lambda: PRESENT)

    def request(self, table: str) -> "DeleteTypeDef":
        """The request for DynamoDB."""
        request: DeleteTypeDef = {
            "TableName": table,
            "Key": {"pk": {"S": self.key.pk}, "sk": {"S": self.key.sk}},
            "ConditionExpression": self.condition.text,
            "ExpressionAttributeNames": _names(self.condition.text),
        }
        if self.condition.values:
            request["ExpressionAttributeValues"] = encode_item(self.condition.values)
        return request


@dataclass(frozen=True, kw_only=True)
class Query:
    """Which items to read, in which order, and by how many calls at most; None for any number."""

    match: Condition
    index: str | None = None
    only: Condition | None = None
    ascending: bool = True
    page: int | None = None
    after: Item | None = None
    consistent: bool = False
    most_calls: int | None = None

    def request(self, table: str) -> "QueryInputTypeDef":
        """The request for DynamoDB."""
        texts = [self.match.text, *([self.only.text] if self.only else [])]
        values = {**self.match.values, **(self.only.values if self.only else {})}
        request: QueryInputTypeDef = {
            "TableName": table,
            "KeyConditionExpression": self.match.text,
            "ExpressionAttributeNames": _names(" ".join(texts)),
            "ExpressionAttributeValues": encode_item(values),
            "ScanIndexForward": self.ascending,
            "ConsistentRead": self.consistent,
        }
        if self.only:
            request["FilterExpression"] = self.only.text
        if self.index:
            request["IndexName"] = self.index
        if self.page:
            request["Limit"] = self.page
        if self.after:
            request["ExclusiveStartKey"] = encode_item(self.after)
        return request


@dataclass(frozen=True, kw_only=True)
class QueryPage:
    """A page of a query's results, possibly empty, and where the next page starts; None at the end."""

    items: tuple[Item, ...]
    after: Item | None


Write = Put | Update | Delete


@dataclass(frozen=True)
class Refused:
    """A transaction that wrote nothing, and the items that it found in the places of `Put.tells_item`."""

    found: tuple[Item, ...] = ()


Answer = TypeVar("Answer")


class _ConditionLostError(Exception):
    """A write's condition failed; the table turns it into a return value."""


class Table:
    """The table. A failed condition is a return value; throttling raises `TryAgainLater`."""

    def __init__(
        self, client: "DynamoDBClient", name: str, *, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._client, self._name, self._pause = client, name, pause

    def get(self, key: Key) -> Item | None:
        """The item's current value (a consistent read)."""
        with calling("read"):
            answer = self._client.get_item(
                TableName=self._name, Key={"pk": {"S": key.pk}, "sk": {"S": key.sk}}, ConsistentRead=True
            )
        return decode_item(answer["Item"]) if "Item" in answer else None

    def get_all(self, wanted: Collection[Key]) -> Mapping[Key, Item]:
        """The items of up to `MOST_KEYS` keys that are there, as they were a moment ago, mostly by one call.

        Raises:
            TryAgainLater: AWS is busy, also when it has answered for some of them.
        """
        left: list[Mapping[str, AttributeValueTypeDef]] = [
            {"pk": {"S": key.pk}, "sk": {"S": key.sk}} for key in {*wanted}
        ]
        found, pauses = dict[Key, Item](), iter(PAUSES_SECONDS)
        while left:
            with calling("batch read"):
                answer = self._client.batch_get_item(RequestItems={self._name: {"Keys": left}})
            for item in map(decode_item, answer["Responses"].get(self._name, ())):
                found[Key(str(item["pk"]), str(item["sk"]))] = item
            unprocessed = answer["UnprocessedKeys"].get(self._name)
            left = [*unprocessed["Keys"]] if unprocessed else []
            if left:
                pause = next(pauses, None)
                if pause is None:
                    raise TryAgainLater(f"batch read: {len(left)} of {len(wanted)} items are left out")
                self._pause(pause)
        return found

    def put(self, write: Put) -> bool:
        """Write the item; False when its condition is lost."""
        request = write.request(self._name)
        try:
            self._write("put", lambda: self._client.put_item(**request))
        except _ConditionLostError:
            return False
        return True

    def update(self, write: Update) -> Item | None:
        """Change the item and return it whole; None when the condition is lost."""
        request = write.request(self._name)
        try:
            answer = self._write(
                "update", lambda: self._client.update_item(**request, ReturnValues="ALL_NEW")
            )
        except _ConditionLostError:
            return None
        return decode_item(answer["Attributes"])

    def delete(self, key: Key, condition: Condition) -> bool:
        """Remove the item; False when the condition is lost."""
        request = Delete(key=key, condition=condition).request(self._name)
        try:
            self._write("delete", lambda: self._client.delete_item(**request))
        except _ConditionLostError:
            return False
        return True

    def query(self, query: Query) -> Iterator[Item]:
        """Every matching item, read lazily page by page.

        Raises:
            UnreadableItemError: after the items that `query.most_calls` calls have read, when there are more.
        """
        page, calls = self._page(query), 1
        yield from page.items
        while page.after is not None:
            if calls == query.most_calls:
                place = ", ".join(map(ascii, query.match.values.values()))
                raise UnreadableItemError(f"more items at {place} than {calls} calls read")
            page, calls = self._page(replace(query, after=page.after)), calls + 1
            yield from page.items

    def count(self, query: Query, *, at_most: int) -> int:
        """How many items match; counting stops at `at_most`, and after `query.most_calls` calls."""
        found, after, calls = 0, query.after, 0
        while found < at_most and calls != query.most_calls and (after is not None or not calls):
            # A call's limit counts the items that a condition leaves out as well.
            page = None if query.only else at_most - found
            more, after = self._counted(replace(query, page=page, after=after))
            found, calls = found + more, calls + 1
        return min(found, at_most)

    def _page(self, query: Query) -> QueryPage:
        """The items of one call, which reads at most one megabyte."""
        with calling("query"):
            answer = self._client.query(**query.request(self._name))
        return QueryPage(items=tuple(map(decode_item, answer["Items"])), after=_after(answer))

    def _counted(self, query: Query) -> tuple[int, Item | None]:
        """How many items one call counts, and where the next call starts."""
        request = query.request(self._name)
        request["Select"] = "COUNT"
        with calling("count"):
            answer = self._client.query(**request)
        return answer["Count"], _after(answer)

    def transact(self, writes: Sequence[Write]) -> bool:
        """Make all writes or none; False when a condition fails or another transaction holds an item."""
        return self.try_transaction(writes) is None

    def try_transaction(self, writes: Sequence[Write]) -> Refused | None:
        """Make all writes, or none and say why; None when they are made."""
        requests = [_in_transaction(write, self._name) for write in writes]
        with calling("transaction"):
            try:
                self._client.transact_write_items(TransactItems=requests)
            except ClientError as error:
                # In both cases the caller reads again.
                if remedy_of(error) in {Remedy.DECIDE_ANEW, Remedy.REPEAT}:
                    return Refused(tuple(map(decode_item, items_found(error))))
                raise
        return None

    def _write(self, what: str, call: Callable[[], Answer]) -> Answer:
        """Make one write, repeated while a transaction holds the item.

        Raises:
            _ConditionLostError: its condition does not hold.
            TryAgainLater: AWS is busy, or one transaction follows the other.
        """
        pauses = iter(PAUSES_SECONDS)
        with calling(what):
            while True:
                try:
                    return call()
                except ClientError as error:
                    remedy = remedy_of(error)
                    if remedy is Remedy.DECIDE_ANEW:
                        raise _ConditionLostError from error
                    pause = next(pauses, None) if remedy is Remedy.REPEAT else None
                    if pause is None:
                        raise
                self._pause(pause)


def connect(
    name: str,
    region: str,
    *,
    hear_date: Callable[[str], None] | None = None,
    connections: int = CONNECTIONS,
    prepare: Callable[["BaseClient"], None] | None = None,
) -> Table:
    """The deployed table; a listener gets the server's date from each response.

    `connections` is the number of threads that call; `prepare` changes how the client calls.
    """
    config = client_config(connections=connections)
    client = boto3.client("dynamodb", region_name=region, config=config)
    if prepare:
        prepare(client)
    if hear_date:

        def after_call(http_response: "AWSResponse", **_: object) -> None:
            if date := http_response.headers.get("date"):
                hear_date(date)

        client.meta.events.register("after-call.dynamodb", after_call)
    return Table(client, name)


def _in_transaction(write: Write, table: str) -> "TransactWriteItemTypeDef":
    match write:
        case Put():
            return {"Put": write.request(table)}
        case Update():
            return {"Update": write.request(table)}
        case Delete():
            return {"Delete": write.request(table)}


def _after(answer: "QueryOutputTypeDef") -> Item | None:
    return decode_item(answer["LastEvaluatedKey"]) if "LastEvaluatedKey" in answer else None


def _names(text: str) -> dict[str, str]:
    return {f"#{name}": name for name in _attributes_of(text)}


@lru_cache(maxsize=256)
def _attributes_of(text: str) -> tuple[str, ...]:
    """Those that a text names; there are few texts, and each is in many requests."""
    return tuple(re.findall(r"#(\w+)", text))
