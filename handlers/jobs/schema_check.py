"""Validates the subset of JSON Schema that our schemas use, with the standard library alone.

It runs in Lambda and on instances, where no validator is installed; a test holds it against a full one. It is
stricter in one thing: a string may hold neither control characters, except line ends and tabs, nor half of a
surrogate pair.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Final, TypeAlias

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
Schema: TypeAlias = Mapping[str, Json]

MOST_FINDINGS: Final = 100
"""A body of 1 MiB can hold a hundred thousand mistakes; nobody reads more than the first ones."""

_SHOWN = 60
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_NOTES = frozenset({"$schema", "$defs", "title", "description", "default", "type"})
_TYPES: Mapping[str, Callable[[Json], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: (
        (isinstance(value, int) and not isinstance(value, bool))
        or (isinstance(value, float) and value.is_integer())
    ),
    "number": lambda value: (
        (isinstance(value, int) and not isinstance(value, bool))
        or (isinstance(value, float) and math.isfinite(value))
    ),
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A mistake and its place, as a JSON pointer into the value."""

    pointer: str
    detail: str


def check(value: Json, schema: Schema, *, at: str = "") -> list[Finding]:
    """The mistakes in a value, up to `MOST_FINDINGS`; `at` is the place of the value itself.

    Checking stops there, and within a list at its `maxItems`, so that the work is bounded as well.

    Raises:
        ValueError: The schema uses a keyword that is not supported here.
    """
    return list(islice(_findings(value, schema, schema, at), MOST_FINDINGS))


def refuse_unsupported(schema: Schema) -> None:
    """Make sure that `check` can use a schema.

    Raises:
        ValueError: it has a keyword or a type that is not supported here, or a reference that leads nowhere.
    """
    waiting: list[Json] = [dict(schema)]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, dict):
            raise ValueError(f"a schema is expected, not {shown(one)}")  # noqa: TRY004 - of a text
        if unknown := sorted(one.keys() - _KNOWN):
            raise ValueError(_unsupported(unknown[0]))
        if "type" in one and one["type"] not in list(_TYPES):
            raise ValueError(f"type {shown(one['type'])} is not supported; supported: {', '.join(_TYPES)}")
        if "$ref" in one:
            _checked_reference(one, schema)
        for name in ("properties", "$defs"):
            inner = one.get(name, {})
            waiting += inner.values() if isinstance(inner, dict) else [inner]
        choices = one.get("oneOf", [])
        waiting += choices if isinstance(choices, list) else [choices]
        others = (one[name] for name in ("items", "additionalProperties") if name in one)
        waiting += [inner for inner in others if not isinstance(inner, bool)]


def _checked_reference(schema: dict[str, Json], root: Schema) -> None:
    try:
        found = _resolved(schema, root)
    except KeyError as error:
        raise ValueError(f"schema reference {shown(schema['$ref'])} leads nowhere") from error
    if "$ref" in found:
        raise ValueError(f"schema reference {shown(schema['$ref'])} leads to another reference")


def _unsupported(keyword: str) -> str:
    return f"schema keyword {keyword!r} is not supported; supported: {', '.join(sorted(_KNOWN))}"


def shown(value: Json) -> str:
    """A value as a finding may quote it: short, on one line, without reading all of a long value."""
    match value:
        case list():
            return "an array"
        case dict():
            return "an object"
        case str():
            text = json.dumps(value[: _SHOWN + 1])
        case _:
            text = json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def pointer(at: str, step: str | int) -> str:
    """One step further down (RFC 6901); unprintable characters are escaped."""
    if isinstance(step, int):
        return f"{at}/{step}"
    name = step
    if not name.isprintable():
        name = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in name)
    if "~" in name or "/" in name:
        name = name.replace("~", "~0").replace("/", "~1")
    return f"{at}/{name}"


def _findings(value: Json, schema: Schema, root: Schema, at: str) -> Iterator[Finding]:
    schema = _resolved(schema, root)
    if isinstance(choices := schema.get("oneOf"), list):
        yield from _choice_findings(value, choices, root, at)
        return
    wanted = schema.get("type")
    if isinstance(wanted, str) and not _TYPES[wanted](value):
        article = "an" if wanted[0] in "aeiou" else "a"
        yield Finding(pointer=at, detail=f"is {shown(value)}; it must be {article} {wanted}")
        return
    yield from _keyword_findings(value, schema, at)
    if isinstance(value, dict):
        yield from _object_findings(value, schema, root, at)
    if isinstance(value, list) and isinstance(items := schema.get("items"), dict):
        most = schema.get("maxItems")
        for index, inner in enumerate(islice(value, most if isinstance(most, int) else None)):
            yield from _findings(inner, items, root, pointer(at, index))


def _choice_findings(value: Json, choices: list[Json], root: Schema, at: str) -> Iterator[Finding]:
    """The choices differ in their types, so at most one can be meant."""
    resolved = [_resolved(choice, root) for choice in choices if isinstance(choice, dict)]
    kinds = {str(choice.get("type")): choice for choice in resolved}
    meant = next((choice for kind, choice in kinds.items() if _TYPES[kind](value)), None)
    if meant is None:
        yield Finding(pointer=at, detail=f"is {shown(value)}; it must be of type {' or '.join(kinds)}")
    else:
        yield from _findings(value, meant, root, at)


def _keyword_findings(value: Json, schema: Schema, at: str) -> Iterator[Finding]:
    if isinstance(value, str) and (wrong := _NO_TEXT.search(value)):
        yield Finding(pointer=at, detail=_no_text(wrong.group()))
    for keyword, argument in schema.items():
        if keyword in _NOTES:
            continue
        rule = _RULES.get(keyword)
        if rule:
            sentence = rule(value, argument)
            if sentence:
                yield Finding(pointer=at, detail=sentence)
        elif keyword not in _STRUCTURE:
            raise ValueError(_unsupported(keyword))


def _object_findings(value: dict[str, Json], schema: Schema, root: Schema, at: str) -> Iterator[Finding]:
    properties = schema.get("properties")
    known = properties if isinstance(properties, dict) else {}
    required, others = schema.get("required"), schema.get("additionalProperties")
    for name in required if isinstance(required, list) else []:
        if isinstance(name, str) and name not in value:
            yield Finding(pointer=pointer(at, name), detail="is missing")
    for name, inner in value.items():
        inner_schema = known.get(name)
        if isinstance(inner_schema, dict):
            yield from _findings(inner, inner_schema, root, pointer(at, name))
        elif isinstance(others, dict):
            yield from _findings(inner, others, root, pointer(at, name[:_SHOWN]))
        elif others is False:
            allowed = ", ".join(known) or "none"
            yield Finding(
                pointer=pointer(at, name[:_SHOWN]), detail=f"is not a known field; allowed here: {allowed}"
            )


def _no_text(character: str) -> str:
    if character >= "\ud800":
        return "holds half of a surrogate pair, which is not text"
    return f"holds the control character U+{ord(character):04X}"


def _resolved(schema: Schema, root: Schema) -> Schema:
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return schema
    target: Json = dict(root)
    for step in reference.removeprefix("#/").split("/"):
        target = target[step] if isinstance(target, dict) else None
    if not isinstance(target, dict):
        raise KeyError(f"schema reference {reference!r} leads nowhere")
    return target


def _minimum(value: Json, least: Json) -> str | None:
    return f"is {shown(value)}; the minimum is {shown(least)}" if _number(value) < _number(least) else None


def _maximum(value: Json, most: Json) -> str | None:
    return f"is {shown(value)}; the maximum is {shown(most)}" if _number(value) > _number(most) else None


def _exclusive_minimum(value: Json, bound: Json) -> str | None:
    return f"is {shown(value)}; it must be above {shown(bound)}" if _number(value) <= _number(bound) else None


def _multiple_of(value: Json, step: Json) -> str | None:
    if not isinstance(value, int | float) or not isinstance(step, int | float):
        return None
    # As they are written: in binary, 0.3 is no multiple of 0.1; and a whole number may exceed every float.
    rest = Fraction(repr(value)) % Fraction(repr(step))
    return f"is {shown(value)}; it must be a multiple of {shown(step)}" if rest else None


def _const(value: Json, only: Json) -> str | None:
    return None if value == only else f"is {shown(value)}; only {shown(only)} is allowed"


def _enum(value: Json, allowed: Json) -> str | None:
    choices = allowed if isinstance(allowed, list) else []
    return None if value in choices else f"is {shown(value)}; allowed: {', '.join(map(shown, choices))}"


def _pattern(value: Json, pattern: Json) -> str | None:
    if re.search(str(pattern).replace("$", r"\Z"), str(value)):
        return None
    return f"is {shown(value)}; it must match {pattern}"


def _fewest(unit: str) -> Callable[[Json, Json], str | None]:
    return lambda value, least: (
        f"has {_size(value)} {unit}; the minimum is {shown(least)}" if _size(value) < _number(least) else None
    )


def _most(unit: str) -> Callable[[Json, Json], str | None]:
    return lambda value, most: (
        f"has {_size(value)} {unit}; the maximum is {shown(most)}" if _size(value) > _number(most) else None
    )


def _number(value: Json) -> float:
    return value if isinstance(value, int | float) else math.nan


def _size(value: Json) -> int:
    return len(value) if isinstance(value, str | list | dict) else 0


_RULES: Mapping[str, Callable[[Json, Json], str | None]] = {
    "const": _const,
    "enum": _enum,
    "minimum": _minimum,
    "maximum": _maximum,
    "exclusiveMinimum": _exclusive_minimum,
    "multipleOf": _multiple_of,
    "pattern": _pattern,
    "minLength": _fewest("characters"),
    "maxLength": _most("characters"),
    "minItems": _fewest("entries"),
    "maxItems": _most("entries"),
    "minProperties": _fewest("fields"),
    "maxProperties": _most("fields"),
}
_STRUCTURE = frozenset({"$ref", "oneOf", "properties", "required", "additionalProperties", "items"})
_KNOWN = _NOTES | _STRUCTURE | _RULES.keys()
