"""The table in memory, for tests that need thousands of lives; one test holds it against moto."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from operator import ge, gt, itemgetter, le, lt

from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Item, Value, decode_item, encode_item
from handlers.jobs.store.keys import Key
from handlers.jobs.store.table import Condition, Delete, Put, Query, QueryPage, Refused, Table, Update, Write

_TOKEN = re.compile(r"\(|\)|,|<=|>=|<>|=|<|>|[#:]?\w+")
_COMPARED = {"<": lt, "<=": le, ">": gt, ">=": ge}
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
            compared = (left, least, most)
            alike = any(all(isinstance(one, kind) for one in compared) for kind in (str, int | float))
            return alike and least <= left <= most  # type: ignore[operator]
        right = self.values[self.tokens.pop(0)]
        match operator:
            case "=":
                return left == right
            case "<>":
                return left != right
        if not isinstance(left, int | float) or not isinstance(right, int | float):
            return False
        return bool(_COMPARED[operator](left, right))


@cache
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(text))


def holding(condition: Condition, items: Iterable[Item]) -> Iterator[Item]:
    """The items for which the condition holds."""
    tokens, values = _tokens(condition.text), _stored(dict(condition.values))
    return (item for item in items if _Reading(list(tokens), values, item).any_of())


def holds(condition: Condition, item: Item) -> bool:
    return any(True for _ in holding(condition, [item]))


def _selected(query: Query, items: Iterable[Item]) -> Iterator[Item]:
    return iter(items) if query.only is None else holding(query.only, items)


@dataclass
class MemoryTable(Table):
    """As `Table`, without AWS; one call reads at most `page` items."""

    items: dict[Key, Item] = field(default_factory=dict)
    page: int = 2

    @classmethod
    def of(cls, other: "MemoryTable") -> "MemoryTable":
        """A plain one with the same items."""
        return cls(items=other.items, page=other.page)

    def get(self, key: Key) -> Item | None:
        return dict(self.items[key]) if key in self.items else None

    def get_all(self, wanted: Collection[Key]) -> Mapping[Key, Item]:
        return {key: dict(self.items[key]) for key in wanted if key in self.items}

    def put(self, write: Put) -> bool:
        return self.transact([write])

    def update(self, write: Update) -> Item | None:
        return dict(self.items[write.key]) if self.transact([write]) else None

    def delete(self, key: Key, condition: Condition) -> bool:
        if not holds(condition, self.items.get(key, {})):
            return False
        return self.items.pop(key, None) is not None

    def _page(self, query: Query) -> QueryPage:
        read, after = self._read(query)
        return QueryPage(items=tuple(dict(item) for item in _selected(query, read)), after=after)

    def _counted(self, query: Query) -> tuple[int, Item | None]:
        read, after = self._read(query)
        return sum(1 for _ in _selected(query, read)), after

    def _read(self, query: Query) -> tuple[list[Item], Item | None]:
        """As many items as one call reads, before any is left out, and the key of the last.

        As with DynamoDB, a call that reads as many as it may has a key also when nothing follows.
        """
        order = (_ORDER[query.index], "pk", "sk")
        named = (_HASH[query.index], *order)
        indexed = (item for item in self.items.values() if all(name in item for name in named))
        found = sorted(holding(query.match, indexed), key=itemgetter(*order), reverse=not query.ascending)
        if query.after:
            last = itemgetter(*order)(_stored(query.after))
            found = [
                item
                for item in found
                if (itemgetter(*order)(item) > last if query.ascending else itemgetter(*order)(item) < last)
            ]
        most = min(query.page or self.page, self.page)
        last_read = found[most - 1] if len(found) >= most else None
        return found[:most], last_read and {name: last_read[name] for name in named}

    def try_transaction(self, writes: Sequence[Write]) -> Refused | None:
        refused = [write for write in writes if not holds(write.condition, self.items.get(_key(write), {}))]
        if refused:
            asked = (write for write in refused if isinstance(write, Put) and write.tells_item)
            return Refused(tuple(dict(self.items[_key(write)]) for write in asked))
        for write in writes:
            if isinstance(write, Delete):
                self.items.pop(write.key, None)
                continue
            if isinstance(write, Put):
                self.items[_key(write)] = _stored(write.item)
                continue
            item = self.items.setdefault(write.key, {"pk": write.key.pk, "sk": write.key.sk})
            for name, value in write.changes.items():
                item.pop(name, None)
                if value is not None:
                    item |= _stored({name: value})
        return None


def _key(write: Write) -> Key:
    return Key(str(write.item["pk"]), str(write.item["sk"])) if isinstance(write, Put) else write.key


def _stored(item: Item) -> Item:
    """As DynamoDB gives it back: fractions have three digits. What is no text is refused, as it is there."""
    encoded = encode_item(item)
    json.dumps(encoded, ensure_ascii=False, default=bytes.hex).encode()
    return decode_item(encoded)
