"""The table in memory, for tests that need thousands of lives; one test holds it against moto."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Item, Value, decode_item, encode_item
from handlers.jobs.store.keys import Key
from handlers.jobs.store.table import Condition, Put, Query, Table, Update, Write

_TOKEN = re.compile(r"\(|\)|,|<=|<>|=|<|[#:]?\w+")
_ORDER = {None: "sk", keys.BY_TENANT: "tenant_sk", keys.BY_STATE: "state_sk", keys.BY_WAITING: "enqueued_at"}
_HASH = {None: "pk", keys.BY_TENANT: "tenant_pk", keys.BY_STATE: "state_pk", keys.BY_WAITING: "waiting_pk"}


@dataclass
class _Reading:
    """A condition, token by token, about one item."""

    tokens: list[str]
    values: dict[str, Value]
    item: Item

    def any_of(self) -> bool:
        found = self.all_of()
        while self.tokens[:1] == ["OR"]:
            self.tokens.pop(0)
            found = self.all_of() or found
        return found

    def all_of(self) -> bool:
        found = self.atom()
        while self.tokens[:1] == ["AND"]:
            self.tokens.pop(0)
            found = self.atom() and found
        return found

    def atom(self) -> bool:
        token = self.tokens.pop(0)
        if token == "(":
            found = self.any_of()
            self.tokens.pop(0)
            return found
        if token.startswith("#"):
            return self.compared(self.item.get(token[1:]), self.tokens.pop(0))
        _, name = self.tokens.pop(0), self.tokens.pop(0)
        present = self.item.get(name[1:])
        if token == "begins_with":
            _, prefix, _ = (self.tokens.pop(0) for _ in range(3))
            return str(present).startswith(str(self.values[prefix]))
        self.tokens.pop(0)
        return {"attribute_exists": present is not None, "attribute_not_exists": present is None}[token]

    def compared(self, left: Value | None, operator: str) -> bool:
        if operator == "BETWEEN":
            least = self.values[self.tokens.pop(0)]
            self.tokens.pop(0)
            most = self.values[self.tokens.pop(0)]
            numbers = (
                isinstance(left, int | float),
                isinstance(least, int | float),
                isinstance(most, int | float),
            )
            return all(numbers) and least <= left <= most  # type: ignore[operator]
        right = self.values[self.tokens.pop(0)]
        match operator:
            case "=":
                return left == right
            case "<>":
                return left != right
        if not isinstance(left, int | float) or not isinstance(right, int | float):
            return False
        return left < right if operator == "<" else left <= right


@cache
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(text))


def holding(condition: Condition, items: Iterable[Item]) -> Iterator[Item]:
    """The items for which the condition holds."""
    tokens, values = _tokens(condition.text), _stored(dict(condition.values))
    return (item for item in items if _Reading(list(tokens), values, item).any_of())


def holds(condition: Condition, item: Item) -> bool:
    return any(True for _ in holding(condition, [item]))


@dataclass
class MemoryTable(Table):
    """As `Table`, without AWS."""

    items: dict[Key, Item] = field(default_factory=dict)

    @classmethod
    def of(cls, other: "MemoryTable") -> "MemoryTable":
        """A plain one with the same items."""
        return cls(items=other.items)

    def get(self, key: Key) -> Item | None:
        return dict(self.items[key]) if key in self.items else None

    def put(self, write: Put) -> bool:
        return self.transact([write])

    def update(self, write: Update) -> Item | None:
        return self.get(write.key) if self.transact([write]) else None

    def delete(self, key: Key, condition: Condition) -> bool:
        if not holds(condition, self.items.get(key, {})):
            return False
        return self.items.pop(key, None) is not None

    def query(self, query: Query) -> Iterator[Item]:
        order, hashed = _ORDER[query.index], _HASH[query.index]
        indexed = (item for item in self.items.values() if hashed in item and order in item)
        found = [dict(item) for item in holding(query.match, indexed)]
        found.sort(key=lambda item: item[order], reverse=not query.ascending)  # type: ignore[arg-type,return-value]
        return iter(found) if query.only is None else holding(query.only, found)

    def count(self, query: Query, *, at_most: int) -> int:
        return min(at_most, sum(1 for _ in self.query(query)))

    def transact(self, writes: Sequence[Write]) -> bool:
        if not all(holds(write.condition, self.items.get(_key(write), {})) for write in writes):
            return False
        for write in writes:
            if isinstance(write, Put):
                self.items[_key(write)] = _stored(write.item)
                continue
            item = self.items.setdefault(write.key, {"pk": write.key.pk, "sk": write.key.sk})
            for name, value in write.changes.items():
                item.pop(name, None)
                if value is not None:
                    item |= _stored({name: value})
        return True


def _key(write: Write) -> Key:
    return Key(str(write.item["pk"]), str(write.item["sk"])) if isinstance(write, Put) else write.key


def _stored(item: Item) -> Item:
    """As DynamoDB gives it back: fractions have three digits."""
    return decode_item(encode_item(item))
