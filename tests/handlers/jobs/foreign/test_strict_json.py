"""JSON is taken when it has one meaning; everything else is refused in a sentence."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.jobs.foreign.strict_json import DEEPEST, NotJsonError, read

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(SCALARS | TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner))


@given(VALUES)
def test_json_is_read_as_the_standard_library_reads_it(value: object) -> None:
    assert read(json.dumps(value)) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Expecting value: line 1 column 1"),
        ('{"a": 1', "Expecting ',' delimiter"),
        ('{"rate": NaN}', "NaN is not a JSON number"),
        ("-Infinity", "-Infinity is not a JSON number"),
        ('{"rate": 1e999}', "1e999 is not a JSON number"),
        ("9" * 5000, "a number has too many digits"),
        ("[" * 100_000, f"nested deeper than {DEEPEST} levels"),
        ("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), f"nested deeper than {DEEPEST} levels"),
        ('{"width": 1, "width": 2}', 'the name "width" appears twice in one object'),
        ('[{"a": {"b": 1, "b": 1}}]', 'the name "b" appears twice'),
        ('{"\\ud800": 1}', "half of a surrogate pair"),
    ],
    ids=[
        *("empty", "cut off", "no number", "infinite", "beyond floats", "endless number", "cut off deep"),
        *("deep", "twice", "twice below", "half a pair"),
    ],
)
def test_what_has_no_meaning_or_two_is_refused(text: str, said: str) -> None:
    with pytest.raises(NotJsonError, match=said):
        read(text)


def test_the_deepest_allowed_nesting_is_read() -> None:
    assert read("[" * DEEPEST + "]" * DEEPEST)
