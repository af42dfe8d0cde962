"""What is drift and what is only another spelling."""

import pytest

from local.provider.comparison import changed_keys, covers
from local.provider.values import Asset


@pytest.mark.parametrize(
    ("want", "have"),
    [
        (80, "80"),
        ("true", True),
        (None, ""),
        ([], None),
        ({"a": 1}, {"a": 1, "added": 2}),
        (["a", "b"], ["b", "a"]),
        ([{"k": 1}, {"k": 2}], [{"k": 2, "more": 0}, {"k": 1}]),
        ('{"a": [1, 2]}', '{"a":[1,2]}'),
        ({"tags": {"a": "1"}}, {"tags": {"a": "1"}}),
        (86_400_000, "86400000"),
    ],
    ids=str,
)
def test_another_spelling_is_no_drift(want, have):
    assert covers(want, have)


@pytest.mark.parametrize(
    ("want", "have"),
    [
        (80, 81),
        ("a", None),
        (None, "a"),
        (["a"], ["a", "b"]),
        (["a", "a"], ["a", "b"]),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, None),
        ({"tags": {"a": "1"}}, {"tags": {"a": "1", "b": "2"}}),
        ('{"a": 1}', '{"a": 2}'),
        (True, False),
    ],
    ids=str,
)
def test_another_meaning_is_drift(want, have):
    assert not covers(want, have)


def test_tags_that_somebody_added_are_drift_when_compared_exactly():
    assert not covers({}, {"a": "1"}, exact=True)


def test_files_are_compared_by_their_hash():
    moved = changed_keys({"f": Asset(hash="h", path="a")}, {"f": Asset(hash="h", path="b")})
    other = changed_keys({"f": Asset(hash="h", path="a")}, {"f": Asset(hash="i", path="a")})

    assert (moved, other) == (frozenset(), {"f"})


def test_absent_and_null_are_the_same():
    assert changed_keys({"a": None, "b": {"c": None}}, {"b": {}}) == frozenset()
