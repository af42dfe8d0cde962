"""The catalog of templates: the fields of each, and the composition made from them.

A template is a JSON file with `name`, `description`, `fields` (a JSON Schema of an object) and `composition`,
in which

- `{"$field": name}` is that field's value, and disappears with its key when the field is absent,
- `{"$when": name, "then": part}` is the part if the field is present,
- `{"$each": name, "do": part, "but_first": extra}` in a list is the part once for each entry of the field,
  from the second one on with the extra, if there is one; inside, `each.<name>` are the fields of the entry.

The name of a new template begins with `PREFIX`, which no tenant's can: it takes the place of none.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from handlers.jobs.json_schema.checker import Checker
from handlers.jobs.json_schema.values import Finding, Json, Schema, pointer

PREFIX: Final = "clip-it."
MOST_VALUES: Final = 10_000
"""Values that the template of one submission may make. The largest composition has some 2,000."""
MOST_VALUES_OF_BATCH: Final = 50_000
"""Values that the templates of a batch may make together: a hundred slideshows of 48 slides. They take a
quarter of a second to make and to check."""


class TooManyValuesError(ValueError):
    """A template would make too many values; the message continues a sentence about it."""


@dataclass
class Room:
    """How many values templates may make for one request, and how many they have made."""

    most: int = MOST_VALUES
    made: int = 0

    @property
    def full(self) -> bool:
        """Whether a template has asked for more than there may be."""
        return self.made > self.most

    def take(self) -> None:
        """Count one more value.

        Raises:
            TooManyValuesError: there may be no more.
        """
        self.made += 1
        if self.full:
            detail = f"takes what templates make for this request beyond {self.most} values, the most allowed"
            raise TooManyValuesError(detail)


@dataclass(frozen=True)
class Origins:
    """A template's composition with the places of fields instead of their values."""

    composition: Json
    fields: str
    _found: dict[int, str] = field(default_factory=dict, init=False, repr=False, compare=False)
    """The first place in a part, by the part's identity: many findings may be about the same part."""

    def of(self, place: str) -> str:
        """The field from which a part of the composition comes, or that of its first part; else all fields.

        A field that was given comes before one whose default was taken.

        Takes a JSON pointer into the composition and returns one into the request.
        """
        part = self.composition
        for step in place.split("/")[1:]:
            inner = (
                part[int(step)]
                if isinstance(part, list)
                else part.get(step)
                if isinstance(part, dict)
                else None
            )
            if inner is None:  # a part that is missing: its whole has a place
                break
            part = inner
        if id(part) not in self._found:
            self._found[id(part)] = first_place(part) or self.fields
        return self._found[id(part)]


class Place(str):
    """The place of a value in the request, instead of the value."""

    __slots__ = ()


class Absent(Place):
    """The place of a field that was not given, instead of its default."""

    __slots__ = ()


@dataclass(frozen=True, kw_only=True)
class Template:
    """One entry of the catalog."""

    name: str
    description: str
    fields: Schema
    composition: dict[str, Json]

    def findings(self, fields: Json, *, at: str = "/fields") -> list[Finding]:
        """Every mistake in the given fields."""
        return self._checker.findings(fields, at=at)

    @cached_property
    def _checker(self) -> Checker:
        return Checker(self.fields)

    def expand(self, fields: Mapping[str, Json], room: Room) -> Json:
        """The composition for checked fields.

        Raises:
            TooManyValuesError: it would have more values than there is room for.
        """
        return _expanded(self.composition, _Scope({**self._defaults(), **fields}), room)[0]

    def origins(self, fields: Mapping[str, Json], *, at: str = "/fields") -> Origins:
        """The field of each part of the composition; `at` is the place of the fields in the request.

        It takes as much work as `expand`, which must have taken the same fields before.
        """
        scope = _Scope({**_places(self._defaults(), at, Absent), **_places(fields, at, Place)})
        return Origins(_expanded(self.composition, scope, Room(MOST_VALUES_OF_BATCH))[0], at)

    def _defaults(self) -> dict[str, Json]:
        properties = self.fields["properties"]
        known = properties.items() if isinstance(properties, dict) else ()
        return {
            name: schema["default"]
            for name, schema in known
            if isinstance(schema, dict) and "default" in schema
        }


@cache
def catalog() -> Mapping[str, Template]:
    """Every template by its name."""
    found = sorted(
        (
            entry
            for entry in files(__package__).joinpath("templates").iterdir()
            if entry.name.endswith(".json")
        ),
        key=lambda entry: entry.name,
    )
    templates = (Template(**json.loads(entry.read_text("utf-8"))) for entry in found)
    return MappingProxyType({template.name: template for template in templates})


@dataclass(frozen=True)
class _Scope:
    """The values that placeholders stand for: those of an entry, in an `$each`, and of the request."""

    fields: Mapping[str, Json]
    entry: Mapping[str, Json] = field(default_factory=dict)

    def of(self, name: str) -> list[Json]:
        """The value of a field, or nothing when it is absent."""
        inner = name.removeprefix("each.")
        if inner != name and inner in self.entry:
            return [self.entry[inner]]
        return [self.fields[name]] if name in self.fields else []


def _expanded(part: Json, scope: _Scope, room: Room) -> list[Json]:
    """The values of a template's part: usually one, none when it disappears, several for `$each`."""
    room.take()
    match part:
        case {"$field": str(name)}:
            return scope.of(name)
        case {"$when": str(name), "then": inner}:
            return _expanded(inner, scope, room) if scope.of(name) else []
        case {"$each": str(name), "do": dict(do)}:
            given = part["but_first"] if isinstance(part, dict) and "but_first" in part else None
            extra = given if isinstance(given, dict) else {}
            return [
                value
                for entries in scope.of(name)
                for index, entry in enumerate(entries if isinstance(entries, list) else [])
                for value in _expanded({**do, **(extra if index else {})}, _inside(scope, entry), room)
            ]
        case dict():
            return [{name: value for name, inner in part.items() for value in _expanded(inner, scope, room)}]
        case list():
            return [[value for inner in part for value in _expanded(inner, scope, room)]]
    return [part]


def _inside(scope: _Scope, entry: Json) -> _Scope:
    return _Scope(scope.fields, entry if isinstance(entry, dict) else {})


def _places(fields: Mapping[str, Json], at: str, kind: type[Place]) -> dict[str, Json]:
    """The fields with each single value replaced by its place."""
    return {name: _replaced(value, pointer(at, name), kind) for name, value in fields.items()}


def _replaced(value: Json, at: str, kind: type[Place]) -> Json:
    if isinstance(value, dict):
        return _places(value, at, kind)
    if isinstance(value, list):
        return [_replaced(inner, pointer(at, index), kind) for index, inner in enumerate(value)]
    return kind(at)


def first_place(part: Json) -> str | None:
    """The place that comes first in a part of a composition, of those given if there are any."""
    absent = None
    for place in _places_in(part):
        if not isinstance(place, Absent):
            return place
        absent = absent or place
    return absent


def _places_in(part: Json) -> Iterator[Place]:
    match part:
        case Place():
            yield part
        case dict():
            for inner in part.values():
                yield from _places_in(inner)
        case list():
            for inner in part:
                yield from _places_in(inner)
