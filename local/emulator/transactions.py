"""Requests to tables: one after the other, each write atomic and exactly once in the stream.

moto serves requests from many threads and locks nothing. It copies a table with its whole stream once for
each item of a transaction, and puts the copy in the table's place when the transaction is refused: a reader
of the stream holds the table and never hears of it again. moto also tells an update that makes an item twice,
and a write that changes nothing once, where DynamoDB tells the one once and the other never:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

import copy
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from moto.dynamodb.models import DynamoDBBackend, Table
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.responses import DynamoHandler
from moto.dynamodbstreams.responses import DynamoDBStreamsHandler

from local.emulator.registering import Request

# moto publishes no types: a backend is its DynamoDBBackend, an item its Item (None without one).
Backend: TypeAlias = Any
Item: TypeAlias = Any
Attributes: TypeAlias = Mapping[str, Any]
Action: TypeAlias = Callable[[Request], Request]

_lock = threading.RLock()
_put, _update, _delete = DynamoDBBackend.put_item, DynamoDBBackend.update_item, DynamoDBBackend.delete_item
_transact = DynamoDBBackend.transact_write_items
_call, _call_streams = DynamoHandler.call_action, DynamoDBStreamsHandler.call_action


@dataclass(frozen=True, kw_only=True)
class _Before:
    """An item, or its absence, and the end of its table's stream, as they were before a write."""

    table: Table
    hash_key: DynamoType
    range_key: DynamoType | None
    item: Item
    end: int

    @classmethod
    def of(cls, table: Table, keys: tuple[DynamoType, DynamoType | None]) -> "_Before":
        shard = table.stream_shard
        return cls(
            table=table,
            hash_key=keys[0],
            range_key=keys[1],
            item=copy.deepcopy(table.get_item(*keys)),
            end=shard.starting_sequence_number + len(shard.items) if shard else 0,
        )

    def restore(self) -> None:
        """Put the item back, or remove it."""
        items, key = self.table.items, self.hash_key
        if self.range_key:
            items, key = items[key], self.range_key
        if self.item is None:
            items.pop(key, None)
        else:
            items[key] = self.item

    def forget_records(self) -> None:
        """Take out of the stream what moto has put there since."""
        if shard := self.table.stream_shard:
            del shard.items[max(0, self.end - shard.starting_sequence_number) :]

    def record(self) -> None:
        """Tell the stream what has changed since, if anything has."""
        after = self.table.get_item(self.hash_key, self.range_key)
        if self.table.stream_shard and (after and after.to_json()) != (self.item and self.item.to_json()):
            self.table.stream_shard.add(self.item, after)


@contextmanager
def _whole(backend: Backend, written: Iterable[tuple[str, Attributes]]) -> Iterator[None]:
    """Write all of these items (a table and the attributes with the key), or leave each as it was."""
    tables = [(backend.get_table(name), attributes) for name, attributes in written]
    before = [
        _Before.of(table, backend.get_keys_value(table, attributes))
        for table, attributes in tables
        if set(table.table_key_attrs) <= set(attributes)  # moto words the refusal of the others
    ]
    try:
        yield
    except BaseException:
        for each in reversed(before):
            each.restore()
            each.forget_records()
        raise
    for each in reversed(before):
        each.forget_records()
    for each in before:
        each.record()


def _put_whole(backend: Backend, table_name: str, item_attrs: Attributes, *more: Any, **named: Any) -> Item:
    with _whole(backend, [(table_name, item_attrs)]):
        return _put(backend, table_name, item_attrs, *more, **named)


def _update_whole(backend: Backend, table_name: str, key: Attributes, *more: Any, **named: Any) -> Item:
    with _whole(backend, [(table_name, key)]):
        return _update(backend, table_name, key, *more, **named)


def _delete_whole(backend: Backend, table_name: str, key: Attributes, *more: Any, **named: Any) -> Item:
    with _whole(backend, [(table_name, key)]):
        return _delete(backend, table_name, key, *more, **named)


def _transact_whole(backend: Backend, transact_items: list[dict[str, Any]]) -> None:
    operations = [operation for item in transact_items for operation in item.values()]
    written = [(one["TableName"], one.get("Item") or one["Key"]) for one in operations]
    with _whole(backend, written):
        _transact(_Unnamed(backend), transact_items)


@dataclass(frozen=True)
class _Unnamed:
    """A backend for moto's transaction, which copies and replaces the tables that it finds by name: none."""

    backend: Backend
    tables: Mapping[str, Table] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.backend, name)


def _alone(action: Action) -> Action:
    def call(request: Request) -> Request:
        with _lock:
            return action(request)

    return call


def install() -> None:
    """Let one request at a time at the tables and their streams, and let each write be whole."""
    DynamoDBBackend.put_item, DynamoDBBackend.update_item = _put_whole, _update_whole
    DynamoDBBackend.delete_item, DynamoDBBackend.transact_write_items = _delete_whole, _transact_whole
    DynamoHandler.call_action = _alone(_call)
    DynamoDBStreamsHandler.call_action = _alone(_call_streams)
