"""Checking a value against a schema: bounded in its work, and strict about what is text."""

import re
from functools import reduce

import pytest

from handlers.jobs.json_schema.checker import MOST_FINDINGS, Checker, check
from handlers.jobs.json_schema.values import Json, Schema, shown


class Counted(list[Json]):
    """A list that counts how many of its entries were looked at."""

    looked_at = 0

    def __iter__(self):  # type: ignore[no-untyped-def]
        for entry in super().__iter__():
            self.looked_at += 1
            yield entry


@pytest.mark.parametrize(
    ("schema", "looked_at"),
    [
        ({"type": "array", "items": {"type": "object"}}, MOST_FINDINGS),
        ({"type": "array", "maxItems": 7, "items": {"type": "object"}}, 7),
    ],
    ids=["until-a-hundred-findings", "until-most-items"],
)
def test_looking_at_entries_ends(schema: dict[str, Json], looked_at: int) -> None:
    entries = Counted([0] * 10_000)
    found = check(entries, schema)
    assert len(found) <= MOST_FINDINGS
    assert entries.looked_at == looked_at


def test_unknown_fields_are_reported_up_to_a_hundred() -> None:
    found = check({f"x{n}": 0 for n in range(5000)}, {"type": "object", "additionalProperties": False})
    assert [one.pointer for one in found] == [f"/x{n}" for n in range(MOST_FINDINGS)]


def test_other_fields_may_have_a_schema_of_their_own() -> None:
    schema: Schema = {
        "type": "object",
        "properties": {"n": {"type": "integer"}},
        "additionalProperties": {"type": "string", "maxLength": 2},
    }
    found = check({"n": 1, "a": "ok", "b": "long", "c": 3}, schema)
    assert [one.pointer for one in found] == ["/b", "/c"]


@pytest.mark.parametrize(
    ("value", "text"),
    [([0] * 9, "an array"), ({"a": [1]}, "an object"), (None, "null"), (1.5, "1.5"), ("a\n", '"a\\n"')],
)
def test_a_value_is_quoted_in_short(value: Json, text: str) -> None:
    assert shown(value) == text


def test_a_long_string_is_quoted_by_its_beginning() -> None:
    assert shown("x" * 1_000_000) == '"' + "x" * 59 + "..."


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("a\x00", "holds the control character U+0000"),
        ("\x1b[1m", "holds the control character U+001B"),
        ("a\x7f", "holds the control character U+007F"),
        ("\x85", "holds the control character U+0085"),
        ("\ud800", "holds half of a surrogate pair, which is not text"),
        ("a\udfffb", "holds half of a surrogate pair, which is not text"),
    ],
)
def test_what_is_no_text_is_no_string(text: str, detail: str) -> None:
    assert [(one.pointer, one.detail) for one in check({"a": [text]}, _ANYTHING)] == [("/a/0", detail)]


def test_line_ends_tabs_and_every_script_are_text() -> None:
    assert check({"a": ["two\r\nlines\tand 中文 \U0001f600 \u200d \ufeff"]}, _ANYTHING) == []


@pytest.mark.parametrize(
    ("value", "step", "fits"),
    [
        (10**400, 0.5, True),
        (10**400, 3, False),
        (1.5, 10**400, False),
        (0.3, 0.1, True),
        (0.35, 0.1, False),
        (-4, 2, True),
    ],
    ids=["large-halves", "large-thirds", "large-step", "tenths", "no-tenths", "below-zero"],
)
def test_a_multiple_is_one_of_the_numbers_as_they_are_written_however_large(
    value: Json, step: Json, *, fits: bool
) -> None:
    assert (check(value, {"type": "number", "multipleOf": step}) == []) is fits


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"uniqueItems": True}, "keyword 'uniqueItems' is not supported"),
        ({"type": "null"}, 'type "null" is not supported'),
        ({"type": ["string", "number"]}, "type an array is not supported"),
        ({"properties": {"a": 1}}, "a schema is expected, not 1"),
        ({"properties": 1}, "schemas by name are expected in 'properties'"),
        ({"$defs": {"unused": {"type": "null"}}}, 'type "null" is not supported'),
        ({"$ref": "#/$defs/x"}, "leads nowhere"),
        ({"$ref": "#/$defs/x", "$defs": {"x": {"$ref": "#/$defs/x"}}}, "leads to another reference"),
        ({"oneOf": [{"type": "string"}, {"minimum": 1}]}, "a choice of oneOf needs a type"),
        ({"oneOf": 5}, "oneOf is 5; it must be an array"),
        (
            {"$defs": {"x": {"type": "object", "oneOf": [{"$ref": "#/$defs/x"}]}}},
            "a choice of oneOf needs a type, and no oneOf",
        ),
        ({"items": {"$ref": None}}, "schema reference null leads nowhere"),
        ({"type": None}, "type null is not supported"),
        ({"items": None}, "a schema is expected, not null"),
        ({"additionalProperties": None}, "a schema is expected, not null"),
        ({"maxItems": -1}, "must not be below 0"),
        ({"pattern": "a{99999999999999999}"}, "is no regular expression"),
        ({"multipleOf": 0}, "must be above 0"),
        ({"pattern": "("}, "is no regular expression"),
        (reduce(lambda inner, _: {"items": inner}, range(2000), {}), "is nested too deeply"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_a_schema_that_cannot_be_used_is_refused_before_any_value(schema: Schema, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        Checker(schema)


def test_a_schema_may_contain_itself() -> None:
    tree: Schema = {
        "$ref": "#/$defs/tree",
        "$defs": {
            "tree": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"n": {"type": "integer"}, "inner": {"$ref": "#/$defs/tree"}},
            }
        },
    }
    found = Checker(tree).findings({"n": 1, "inner": {"inner": {"n": "x"}}})
    assert [one.pointer for one in found] == ["/inner/inner/n"]


_ANYTHING: dict[str, Json] = {
    "type": "object",
    "properties": {"a": {"type": "array", "items": {"type": "string"}}},
}
