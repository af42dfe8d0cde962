"""JSON Schema, as much of it as our schemas use, with the standard library alone; all findings at once.

It runs in Lambda and on instances, where no validator is installed; a test holds it against a full one.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
Schema: TypeAlias = Mapping[str, Json]

_SHOWN = 60
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
    """What is wrong and where, as a JSON pointer into the value."""

    pointer: str
    detail: str


def check(value: Json, schema: Schema, *, at: str = "") -> list[Finding]:
    """Everything in which a value departs from a schema; `at` is where the value itself stands.

    Raises:
        ValueError: the schema uses a keyword that is not understood here.
    """
    return list(_findings(value, schema, schema, at))


def shown(value: Json) -> str:
    """A value as a finding may quote it: short and on one line."""
    try:
        text = json.dumps(value)
    except ValueError:
        text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def pointer(at: str, step: str | int) -> str:
    """One step further down (RFC 6901); what no answer can hold is written as an escape."""
    name = "".join(
        letter if letter.isprintable() else ascii(letter)[1:-1] for letter in str(step).replace("~", "~0")
    )
    return f"{at}/{name.replace('/', '~1')}"


def _findings(value: Json, schema: Schema, root: Schema, at: str) -> Iterator[Finding]:
    schema = _resolved(schema, root)
    wanted = schema.get("type")
    if isinstance(wanted, str) and not _TYPES[wanted](value):
        article = "an" if wanted[0] in "aeiou" else "a"
        yield Finding(pointer=at, detail=f"is {shown(value)}; it must be {article} {wanted}")
        return
    for keyword, argument in schema.items():
        if keyword in _NOTES:
            continue
        rule = _RULES.get(keyword)
        if rule:
            sentence = rule(value, argument)
            if sentence:
                yield Finding(pointer=at, detail=sentence)
        elif keyword not in _STRUCTURE:
            raise ValueError(
                f"schema keyword {keyword!r} is not understood; known: {', '.join(sorted(_KNOWN))}"
            )
    if isinstance(value, dict):
        yield from _object_findings(value, schema, root, at)
    if isinstance(value, list) and isinstance(items := schema.get("items"), dict):
        for place, inner in enumerate(value):
            yield from _findings(inner, items, root, pointer(at, place))


def _object_findings(value: dict[str, Json], schema: Schema, root: Schema, at: str) -> Iterator[Finding]:
    properties = schema.get("properties")
    known = properties if isinstance(properties, dict) else {}
    required = schema.get("required")
    for name in required if isinstance(required, list) else []:
        if isinstance(name, str) and name not in value:
            yield Finding(pointer=pointer(at, name), detail="is missing")
    for name, inner in value.items():
        inner_schema = known.get(name)
        if isinstance(inner_schema, dict):
            yield from _findings(inner, inner_schema, root, pointer(at, name))
        elif schema.get("additionalProperties") is False:
            allowed = ", ".join(known) or "none"
            yield Finding(
                pointer=pointer(at, name[:_SHOWN]), detail=f"is not a known field; allowed here: {allowed}"
            )


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
    return f"is {shown(value)}; the least is {shown(least)}" if _number(value) < _number(least) else None


def _maximum(value: Json, most: Json) -> str | None:
    return f"is {shown(value)}; the most is {shown(most)}" if _number(value) > _number(most) else None


def _exclusive_minimum(value: Json, bound: Json) -> str | None:
    return f"is {shown(value)}; it must be above {shown(bound)}" if _number(value) <= _number(bound) else None


def _multiple_of(value: Json, step: Json) -> str | None:
    return (
        f"is {shown(value)}; it must be a multiple of {shown(step)}"
        if _number(value) % _number(step)
        else None
    )


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
        f"has {_size(value)} {unit}; the least is {shown(least)}" if _size(value) < _number(least) else None
    )


def _most(unit: str) -> Callable[[Json, Json], str | None]:
    return lambda value, most: (
        f"has {_size(value)} {unit}; the most is {shown(most)}" if _size(value) > _number(most) else None
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
_STRUCTURE = frozenset({"$ref", "properties", "required", "additionalProperties", "items"})
_KNOWN = _NOTES | _STRUCTURE | _RULES.keys()
