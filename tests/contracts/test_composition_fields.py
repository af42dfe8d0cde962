"""The reference engine and the page for customers know each field of the composition schema, with its limits.

The samples are made from the schema, so a new field is tried as soon as the schema has it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from handlers.jobs import composition
from handlers.jobs.json_schema.values import Json
from render_engine.errors import Refused
from render_engine.parsing import parse

PAGE = Path(__file__).parents[2] / "docs" / "composition.md"
SCHEMA = composition.schema()
HOW_TO = "docs/how-to/add-a-composition-field.md lists the files to change"
Keys: TypeAlias = tuple[str, ...]


def resolved(schema: Json) -> Mapping[str, Json]:
    assert isinstance(schema, dict)
    match schema:
        case {"$ref": str(reference)}:
            parts = SCHEMA["$defs"]
            assert isinstance(parts, dict)
            return resolved(parts[reference.removeprefix("#/$defs/")])
    return schema


def fields(schema: Json, at: Keys = ()) -> Iterator[tuple[Keys, Mapping[str, Json]]]:
    """Each field with its keys and its schema; `*` stands for each element of a list."""
    match resolved(schema):
        case {"properties": dict(properties)}:
            for name, inner in properties.items():
                yield (*at, name), resolved(inner)
                yield from fields(inner, (*at, name))
        case {"items": items}:
            yield from fields(items, (*at, "*"))


def samples(schema: Mapping[str, Json]) -> Iterator[Json]:  # noqa: C901 - one case a kind
    """Values on both sides of each limit; the first one is allowed."""
    match schema:
        case {"const": int(only)}:
            yield from (only, only + 1)
        case {"oneOf": [uploaded, {"$ref": "#/$defs/linked"}]}:
            yield from samples(resolved(uploaded))  # for a URL, an agent gives the engine the id of a file
        case {"enum": list(choices)}:
            yield from (*choices, "no such choice")
        case {"type": "integer" | "number", "maximum": int(most)}:
            step = schema.get("multipleOf", 1)
            least = schema.get("minimum", 0)
            assert isinstance(step, int)
            assert isinstance(least, int)
            yield from (least + step, least, least - step, most, most + step, "1", True, least + 0.5)
        case {"type": "boolean"}:
            yield from (True, False, 1, "true")
        case {"pattern": "^#[0-9a-fA-F]{6}$"}:
            yield from ("#00aaFF", "#00aaF", "red", 1)
        case {"pattern": "^a_[0-9a-hjkmnp-tv-z]{26}$"}:
            yield from ("a_" + "0" * 26, 1, "")
        case {"type": "string", "maxLength": int(most)}:
            yield from ("x", "x" * most, "x" * (most + 1), "", " ", 1)
        case {"type": "array", "items": items, "maxItems": int(most)}:
            one = next(samples(resolved(items)))
            yield from ([one], [one] * most, [one] * (most + 1), [], {})
        case {"type": "object", "properties": dict(properties)}:
            required = schema.get("required", [])
            assert isinstance(required, list)
            names = [*required] or [next(iter(properties))]
            yield {str(name): next(samples(resolved(properties[str(name)]))) for name in names}
            yield from ({}, {"no such field": 1}, [], 1)
        case other:
            raise AssertionError(f"no sample is known for {other}; add a case to this function")


def documents(keys: Keys, schema: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """Compositions that have the field, with each sample of it."""
    for sample in samples(schema):
        document: dict[str, Json] = json.loads(
            '{"version": 1, "width": 64, "height": 64, "rate": 25, '
            '"scenes": [{"duration_s": 1.5}, {"duration_s": 1.5}]}'
        )
        put(document, SCHEMA, keys, sample)
        audio = document.get("audio")
        if isinstance(audio, dict) and len(keys) > 1 and not audio.keys() & {"tone_hz", "asset"}:
            audio["asset"] = "a_" + "0" * 26  # one of the two is required, which the schema cannot say
        yield document


def put(target: Json, schema: Json, keys: Keys, sample: Json) -> None:
    """Set a field, and the required ones beside it; of a list, in the last element."""
    first, *rest = keys
    if isinstance(target, list):
        return put(target[-1], resolved(schema)["items"], tuple(rest), sample)
    properties = resolved(schema)["properties"]
    assert isinstance(target, dict)
    assert isinstance(properties, dict)
    inner = properties[first]
    if not rest:
        target[first] = sample
        return None
    if first not in target:
        below = resolved(inner)
        required = below.get("required", [])
        known = below["properties"]
        assert isinstance(required, list)
        assert isinstance(known, dict)
        target[first] = {str(name): next(samples(resolved(known[str(name)]))) for name in required}
    return put(target[first], inner, tuple(rest), sample)


def refused_by_the_engine(document: dict[str, Json]) -> str | None:
    try:
        parse(json.dumps(document).encode())
    except Refused as refusal:
        return str(refusal)
    return None


FIELDS = dict(fields(SCHEMA))


def test_the_fields_were_found() -> None:
    assert {("rate",), ("scenes", "*", "text", "size"), ("scenes", "*", "video", "volume")} <= FIELDS.keys()


@pytest.mark.parametrize("keys", FIELDS, ids="/".join)
def test_the_engine_accepts_and_refuses_the_same_values_as_the_schema(keys: Keys) -> None:
    accepted = 0
    for document in documents(keys, FIELDS[keys]):
        found, refusal = composition.findings(document), refused_by_the_engine(document)
        assert bool(found) == bool(refusal), f"schema: {found}; engine: {refusal}; {HOW_TO}"
        accepted += not found
    assert accepted, "no sample was allowed: this test would prove nothing"


@pytest.mark.parametrize("keys", FIELDS, ids="/".join)
def test_the_page_for_customers_has_the_field(keys: Keys) -> None:
    rows = re.findall(r"^\| (`[^|]*) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    listed = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert keys[-1] in listed, HOW_TO


@pytest.mark.parametrize("rate", [1, 10, 24, 25, 30, 60])
@pytest.mark.parametrize("overlap", [0.1, 0.33, 0.5, 0.999])
@pytest.mark.parametrize("seconds", [1.999, 2, 2.05, 3.333])
def test_the_engine_renders_as_many_frames_as_a_check_of_the_submission_says(
    rate: int, overlap: float, seconds: float
) -> None:
    scenes: list[Json] = [
        {"duration_s": seconds},
        {"duration_s": seconds, "transition": {"kind": "fade", "duration_s": overlap}},
        {"duration_s": seconds, "transition": {"kind": "none"}},
        {"duration_s": seconds, "transition": {"kind": "fade"}},
    ]
    given: Json = {"version": 1, "width": 64, "height": 64, "rate": rate, "scenes": scenes}
    assert composition.findings(given) == []
    length = composition.length(given)
    assert length.frames == parse(json.dumps(given).encode()).frames
    assert length.seconds == round(length.frames / rate, 3)
