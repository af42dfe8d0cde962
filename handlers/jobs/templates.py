"""The catalog of templates: the fields of each, and the composition made from them.

A template is a JSON file with `name`, `description`, `fields` (a JSON Schema of an object) and `composition`,
in which

- `{"$field": name}` is that field's value, and disappears with its key when the field is absent,
- `{"$when": name, "then": part}` is the part if the field is present,
- `{"$each": name, "do": part, "but_first": extra}` in a list is the part once for each entry of the field,
  from the second one on with the extra, if there is one; inside, `each.<name>` are the fields of the entry.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from handlers.jobs.schema_check import Finding, Json, Schema, check, pointer


@dataclass(frozen=True)
class Origins:
    """A template's composition with the places of fields instead of their values."""

    composition: Json
    fields: str

    def of(self, place: str) -> str:
        """The field from which a part of the composition comes, or that of its first part; else all fields.

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
        return next(_places_in(part), self.fields)


class Place(str):
    """The place of a value in the request, instead of the value."""

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
        return check(fields, self.fields, at=at)

    def expand(self, fields: Mapping[str, Json]) -> Json:
        """The composition for checked fields."""
        return _expanded(self.composition, {**self._defaults(), **fields})[0]

    def origins(self, fields: Mapping[str, Json], *, at: str = "/fields") -> "Origins":
        """The field of each part of the composition; `at` is the place of the fields in the request."""
        return Origins(_expanded(self.composition, {**self._defaults(), **_places(fields, at)})[0], at)

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


def _expanded(part: Json, fields: Mapping[str, Json]) -> list[Json]:
    """The values of a template's part: usually one, none when it disappears, several for `$each`."""
    match part:
        case {"$field": str(name)}:
            return [fields[name]] if name in fields else []
        case {"$when": str(name), "then": inner}:
            return _expanded(inner, fields) if name in fields else []
        case {"$each": str(name), "do": dict(do)}:
            entries = fields.get(name)
            given = part["but_first"] if isinstance(part, dict) and "but_first" in part else None
            extra = given if isinstance(given, dict) else {}
            return [
                value
                for index, entry in enumerate(entries if isinstance(entries, list) else [])
                for value in _expanded({**do, **(extra if index else {})}, {**fields, **_scoped(entry)})
            ]
        case dict():
            return [{name: value for name, inner in part.items() for value in _expanded(inner, fields)}]
        case list():
            return [[value for inner in part for value in _expanded(inner, fields)]]
    return [part]


def _scoped(entry: Json) -> dict[str, Json]:
    return {f"each.{name}": value for name, value in entry.items()} if isinstance(entry, dict) else {}


def _places(fields: Mapping[str, Json], at: str) -> dict[str, Json]:
    """The fields with each single value replaced by its place."""
    return {name: _replaced(value, pointer(at, name)) for name, value in fields.items()}


def _replaced(value: Json, at: str) -> Json:
    if isinstance(value, dict):
        return _places(value, at)
    if isinstance(value, list):
        return [_replaced(inner, pointer(at, index)) for index, inner in enumerate(value)]
    return Place(at)


def _places_in(part: Json) -> Iterator[str]:
    match part:
        case Place():
            yield part
        case dict():
            for inner in part.values():
                yield from _places_in(inner)
        case list():
            for inner in part:
                yield from _places_in(inner)
