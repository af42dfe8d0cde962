"""What writes to the table cost: the table in memory, with the indexes that the program deploys.

A write unit is each begun KB of one item (DynamoDB developer guide, "DynamoDB read and write operations" and
"Global secondary indexes"). A change costs the larger of its two versions, twice that in a transaction. Each
index costs one write for an entry that appears, goes, or differs in what the index has of it, and two for one
whose key differs.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from handlers.jobs.store.attributes import Item, Value
from handlers.jobs.store.keys import Key
from handlers.jobs.store.table import Condition, Put, Refused, Update, Write
from tests.handlers.life.memory_table import MemoryTable, _key

TABLE = "table"
_UNIT_BYTES = 1024


@dataclass(frozen=True)
class Index:
    """A global secondary index as it is deployed."""

    name: str
    hash_key: str
    range_key: str
    whole: bool

    def entry(self, item: Item) -> Item | None:
        """What the index has of an item; None when it has nothing."""
        if self.hash_key not in item or self.range_key not in item:
            return None
        keys = {"pk", "sk", self.hash_key, self.range_key}
        return item if self.whole else {name: value for name, value in item.items() if name in keys}

    def key(self, entry: Item) -> tuple[Value, Value]:
        return entry[self.hash_key], entry[self.range_key]


def index_of(deployed: Mapping[str, object]) -> Index:
    """From an input of the table's resource."""
    schemas = {one["keyType"]: one["attributeName"] for one in deployed["keySchemas"]}  # type: ignore[attr-defined]
    kind = deployed["projectionType"]
    assert kind in {"ALL", "KEYS_ONLY"}, kind
    return Index(str(deployed["name"]), schemas["HASH"], schemas["RANGE"], whole=kind == "ALL")


@dataclass
class MeteredTable(MemoryTable):
    """Counts the write units by the kind of item, and by where they are spent: the table or an index."""

    indexes: Sequence[Index] = ()
    units: Counter[tuple[str, str]] = field(default_factory=Counter)

    def put(self, write: Put) -> bool:
        return self._metered([write], factor=1) is None

    def update(self, write: Update) -> Item | None:
        return self.get(_key(write)) if self._metered([write], factor=1) is None else None

    def delete(self, key: Key, condition: Condition) -> bool:
        before = self.get(key) or {}
        done = super().delete(key, condition)
        self._count(before, {}, factor=1)
        return done

    def try_transaction(self, writes: Sequence[Write]) -> Refused | None:
        return self._metered(writes, factor=2)

    def _metered(self, writes: Sequence[Write], *, factor: int) -> Refused | None:
        before = {_key(write): self.get(_key(write)) or {} for write in writes}
        refused = super().try_transaction(writes)
        for key, item in before.items():
            self._count(item, self.get(key) or {}, factor=factor)
        return refused

    def _count(self, before: Item, after: Item, *, factor: int) -> None:
        entity = str((after or before).get("entity"))
        self.units[entity, TABLE] += factor * max(_units(before), _units(after), 1)
        for index in self.indexes:
            spent = _index_units(index, index.entry(before), index.entry(after))
            self.units[entity, index.name] += spent


def _index_units(index: Index, before: Item | None, after: Item | None) -> int:
    if before is None or after is None:
        return _units(before or after or {})
    if index.key(before) != index.key(after):
        return _units(before) + _units(after)
    return max(_units(before), _units(after)) if before != after else 0


def _units(item: Item) -> int:
    return -(-sum(len(name) + _bytes(value) for name, value in item.items()) // _UNIT_BYTES)


def _bytes(value: Value) -> int:
    """As "DynamoDB item sizes and formats" counts them."""
    match value:
        case bool():
            return 1
        case str():
            return len(value.encode())
        case bytes():
            return len(value)
        case int() | float():
            return (len(str(value).replace(".", "").strip("0")) + 1) // 2 + 1
        case list():
            return 3 + sum(1 + _bytes(inner) for inner in value)
        case dict():
            return 3 + sum(1 + len(name) + _bytes(inner) for name, inner in value.items())
