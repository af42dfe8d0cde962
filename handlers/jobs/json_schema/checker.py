"""Checks values against one schema, which is read once: a submission has a hundred values.

It is stricter than JSON Schema in one thing: a string may hold neither control characters, except line ends
and tabs, nor half of a surrogate pair.
"""

import re
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Final, TypeAlias

from handlers.jobs.json_schema.keywords import KEYWORDS, TYPES
from handlers.jobs.json_schema.values import LONGEST_SHOWN, Finding, Json, Schema, pointer, shown

MOST_FINDINGS: Final = 100
"""A body of 1 MiB can hold a hundred thousand mistakes; nobody reads more than the first ones."""

_NO_TEXT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_NOTES: Final = frozenset({"$schema", "$defs", "title", "description", "default", "type"})
_STRUCTURE: Final = frozenset({"$ref", "oneOf", "properties", "required", "additionalProperties", "items"})
_KNOWN: Final = _NOTES | _STRUCTURE | KEYWORDS.keys()

_Place: TypeAlias = "tuple[_Place, str | int] | str"
"""A JSON pointer, or a place and one step further: only a finding has its place spelled out."""
_Check: TypeAlias = Callable[[Json, _Place, list[Finding]], None]
"""Adds the mistakes in a value at a place."""


class Checker:
    """One schema, ready for values.

    Raises:
        ValueError: The schema cannot be used; the message says what in it is not supported, wrong, or nested
            too deeply.
    """

    def __init__(self, schema: Schema) -> None:
        self.schema: Final = schema
        try:
            self._check = _Reading(schema).check_of(dict(schema))
        except RecursionError:
            raise ValueError("the schema is nested too deeply") from None

    def findings(self, value: Json, *, at: str = "") -> list[Finding]:
        """The mistakes in a value, up to `MOST_FINDINGS`; `at` is the place of the value itself.

        Checking stops there, and within a list at its `maxItems`, so that the work is bounded as well.
        """
        found: list[Finding] = []
        self._check(value, at, found)
        return found[:MOST_FINDINGS]


class _Reading:
    """Makes checks of the parts of a schema."""

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._referred: dict[str, _Check] = {}

    def check_of(self, schema: Json) -> _Check:
        if not isinstance(schema, dict):
            raise ValueError(f"a schema is expected, not {shown(schema)}")  # noqa: TRY004 - of a text
        if unknown := sorted(schema.keys() - _KNOWN):
            supported = ", ".join(sorted(_KNOWN))
            raise ValueError(f"schema keyword {unknown[0]!r} is not supported; supported: {supported}")
        for inner in _members(schema, "$defs").values():
            self.check_of(inner)
        if "$ref" in schema:
            return self._reference(schema)
        return self._choice(schema["oneOf"]) if "oneOf" in schema else self._plain(schema)

    def _reference(self, schema: dict[str, Json]) -> _Check:
        name = str(schema["$ref"])
        if name not in self._referred:

            def later(value: Json, at: _Place, found: list[Finding]) -> None:
                self._referred[name](value, at, found)

            self._referred[name] = later  # for a schema that contains itself
            self._referred[name] = self.check_of(self._resolved(schema))
        return self._referred[name]

    def _resolved(self, schema: dict[str, Json]) -> dict[str, Json]:
        if "$ref" not in schema:
            return schema
        reference = schema["$ref"]
        target: Json = dict(self._root)
        for step in str(reference).removeprefix("#/").split("/"):
            target = target.get(step) if isinstance(target, dict) else None
        if not isinstance(target, dict):
            raise ValueError(f"schema reference {shown(reference)} leads nowhere")  # noqa: TRY004 - of a text
        if "$ref" in target:
            raise ValueError(f"schema reference {shown(reference)} leads to another reference")
        return target

    def _choice(self, choices: Json) -> _Check:
        """The choices differ in their types, so at most one can be meant."""
        if not isinstance(choices, list):
            raise ValueError(f"oneOf is {shown(choices)}; it must be an array")  # noqa: TRY004 - of a text
        checks = dict[str, _Check]()
        for choice in choices:
            check = self.check_of(choice)
            meant = self._resolved(choice) if isinstance(choice, dict) else {}
            kind = _type_of(meant)
            if kind is None or "oneOf" in meant:
                raise ValueError(f"a choice of oneOf needs a type, and no oneOf; types: {', '.join(TYPES)}")
            checks[kind] = check
        wanted = " or ".join(checks)

        def choose(value: Json, at: _Place, found: list[Finding]) -> None:
            meant = next((check for kind, check in checks.items() if TYPES[kind](value)), None)
            if meant is None:
                detail = f"is {shown(value)}; it must be of type {wanted}"
                found.append(Finding(pointer=_spelled(at), detail=detail))
            else:
                meant(value, at, found)

        return choose

    def _plain(self, schema: dict[str, Json]) -> _Check:
        kind = _type_of(schema)
        fits = TYPES[kind] if kind else None
        wanted = f"{'an' if kind and kind[0] in 'aeiou' else 'a'} {kind}"
        rules = [KEYWORDS[name](argument) for name, argument in schema.items() if name in KEYWORDS]
        fields, entries = self._fields(schema), self._entries(schema)

        def check(value: Json, at: _Place, found: list[Finding]) -> None:
            if fits is not None and not fits(value):
                found.append(Finding(pointer=_spelled(at), detail=f"is {shown(value)}; it must be {wanted}"))
                return
            if isinstance(value, str) and not value.isprintable() and (wrong := _NO_TEXT.search(value)):
                found.append(Finding(pointer=_spelled(at), detail=_no_text(wrong.group())))
            for rule in rules:
                sentence = rule(value)
                if sentence:
                    found.append(Finding(pointer=_spelled(at), detail=sentence))
            if isinstance(value, dict):
                fields(value, at, found)
            elif isinstance(value, list):
                entries(value, at, found)

        return check

    def _fields(self, schema: dict[str, Json]) -> Callable[[dict[str, Json], _Place, list[Finding]], None]:
        known = {name: self.check_of(inner) for name, inner in _members(schema, "properties").items()}
        others = schema.get("additionalProperties", True)
        other = None if isinstance(others, bool) else self.check_of(others)
        required = schema.get("required")
        names = required if isinstance(required, list) else []
        needed = [name for name in names if isinstance(name, str)]
        allowed = ", ".join(known) or "none"

        def check(value: dict[str, Json], at: _Place, found: list[Finding]) -> None:
            missing = [name for name in needed if name not in value]
            found += [Finding(pointer=_spelled((at, name)), detail="is missing") for name in missing]
            for name, inner in value.items():
                if expected := known.get(name):
                    expected(inner, (at, name), found)
                elif other:
                    other(inner, (at, name[:LONGEST_SHOWN]), found)
                elif others is False:
                    place = _spelled((at, name[:LONGEST_SHOWN]))
                    detail = f"is not a known field; allowed here: {allowed}"
                    found.append(Finding(pointer=place, detail=detail))
                if len(found) >= MOST_FINDINGS:
                    return

        return check

    def _entries(self, schema: dict[str, Json]) -> Callable[[list[Json], _Place, list[Finding]], None]:
        items, most = schema.get("items", True), schema.get("maxItems")
        if isinstance(most, int) and most < 0:
            raise ValueError(f"maxItems is {most}; it must not be below 0")
        if isinstance(items, bool):
            return lambda _value, _at, _found: None
        entry = self.check_of(items)

        def check(value: list[Json], at: _Place, found: list[Finding]) -> None:
            for index, inner in enumerate(islice(value, most if isinstance(most, int) else None)):
                entry(inner, (at, index), found)
                if len(found) >= MOST_FINDINGS:
                    return

        return check


def check(value: Json, schema: Schema, *, at: str = "") -> list[Finding]:
    """The mistakes in a value by a schema that is used once.

    Raises:
        ValueError: The schema uses what is not supported here.
    """
    return Checker(schema).findings(value, at=at)


def _members(schema: dict[str, Json], name: str) -> Mapping[str, Json]:
    inner = schema.get(name, {})
    if not isinstance(inner, dict):
        raise ValueError(f"schemas by name are expected in {name!r}, not {shown(inner)}")  # noqa: TRY004
    return inner


def _type_of(schema: dict[str, Json]) -> str | None:
    if "type" not in schema:
        return None
    kind = schema["type"]
    if not isinstance(kind, str) or kind not in TYPES:
        raise ValueError(f"type {shown(kind)} is not supported; supported: {', '.join(TYPES)}")
    return kind


def _no_text(character: str) -> str:
    if character >= "\ud800":
        return "holds half of a surrogate pair, which is not text"
    return f"holds the control character U+{ord(character):04X}"


def _spelled(place: _Place) -> str:
    steps: list[str | int] = []
    while isinstance(place, tuple):
        place, step = place
        steps.append(step)
    for step in reversed(steps):
        place = pointer(place, step)
    return place
