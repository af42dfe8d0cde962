"""The schemas of a tenant's template fields: a part of JSON Schema whose every check takes bounded work."""

from collections.abc import Iterator, Mapping
from typing import Final

from handlers.jobs.json_schema.checker import Checker, check
from handlers.jobs.json_schema.values import Finding, Json, pointer, shown

DEEPEST: Final = 5
"""Levels of objects and arrays in a field."""
MOST_FIELDS: Final = 200
MOST_ENTRIES: Final = 100
"""Entries of a field that is an array: a composition has at most so many scenes."""

_WHOLE: Final[Json] = {"type": "integer", "minimum": 0, "maximum": 100_000}
_NUMBER: Final[Json] = {"type": "number"}
_COMMON: Final[dict[str, Json]] = {
    "type": {"type": "string"},
    "description": {"type": "string", "maxLength": 500},
    "default": {},
    "enum": {"type": "array", "minItems": 1, "maxItems": 100},
}
_NUMERIC: Final[dict[str, Json]] = {
    "minimum": _NUMBER,
    "maximum": _NUMBER,
    "exclusiveMinimum": _NUMBER,
    "multipleOf": {"type": "number", "exclusiveMinimum": 0},
}
_OF_TYPE: Final[Mapping[str, tuple[dict[str, Json], list[Json]]]] = {
    "string": ({"minLength": _WHOLE, "maxLength": _WHOLE}, []),
    "boolean": ({}, []),
    "integer": (_NUMERIC, []),
    "number": (_NUMERIC, []),
    "array": (
        {
            "items": {"type": "object"},
            "minItems": _WHOLE,
            "maxItems": {"type": "integer", "minimum": 1, "maximum": MOST_ENTRIES},
        },
        ["items", "maxItems"],
    ),
    "object": (
        {
            "properties": {"type": "object"},
            "required": {"type": "array", "items": {"type": "string"}, "maxItems": MOST_FIELDS},
            "additionalProperties": {"type": "boolean"},
            "minProperties": _WHOLE,
            "maxProperties": _WHOLE,
        },
        ["properties"],
    ),
}
"""The keywords of each type, and those that it must have. No `pattern`: a tenant's would run here."""
_ALLOWED: Final = {
    kind: Checker(
        {
            "type": "object",
            "required": needed,
            "additionalProperties": False,
            "properties": {**_COMMON, **keywords},
        }
    )
    for kind, (keywords, needed) in _OF_TYPE.items()
}


def field_findings(schema: Json, at: str, levels: int) -> Iterator[Finding]:
    """What is wrong with a field's schema."""
    if not isinstance(schema, dict):
        yield Finding(pointer=at, detail=f"is {shown(schema)}; it must be a schema, an object")
        return
    kind = schema.get("type")
    if not isinstance(kind, str) or kind not in _OF_TYPE:
        yield Finding(pointer=pointer(at, "type"), detail=f"is {shown(kind)}; allowed: {', '.join(_OF_TYPE)}")
        return
    if not levels:
        yield Finding(pointer=at, detail=f"is nested deeper than {DEEPEST} levels")
        return
    found = _ALLOWED[kind].findings(schema, at=at) or [*_inner_findings(schema, at, levels)]
    if not found and "default" in schema:
        found = check(schema["default"], schema, at=pointer(at, "default"))
    yield from found


def _inner_findings(schema: dict[str, Json], at: str, levels: int) -> Iterator[Finding]:
    properties = schema.get("properties")
    for name, inner in properties.items() if isinstance(properties, dict) else ():
        yield from field_findings(inner, pointer(pointer(at, "properties"), name), levels - 1)
    if "items" in schema:
        yield from field_findings(schema["items"], pointer(at, "items"), levels - 1)
