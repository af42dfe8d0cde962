"""The evaluator decides the cases of IAM's user guide as the guide says."""

from typing import Any

import pytest

from tests.iam import Request, allowed, matches

ANY: dict[str, Any] = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
DENIAL = {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"}


def under(condition: dict[str, Any], **keys: str | list[str]) -> bool:
    return allowed([{**ANY, "Condition": condition}], Request(action="s3:GetObject", keys=keys))


def test_nothing_is_allowed_unless_a_statement_says_so_and_a_denial_wins() -> None:
    assert not allowed([], Request(action="s3:GetObject"))
    assert allowed([ANY], Request(action="S3:getobject"))
    assert not allowed([ANY, DENIAL], Request(action="s3:DeleteObject"))
    assert not allowed([DENIAL], Request(action="s3:GetObject"))


def test_a_wildcard_is_a_star_or_a_question_mark_and_nothing_else() -> None:
    assert matches("arn:*:table/?", "arn:aws:dynamodb:x:table/j")
    assert not matches("[ab]", "a")


@pytest.mark.parametrize(
    ("operator", "given", "holds"),
    [
        ("StringEquals", "a", True),
        ("StringEquals", "A", False),
        ("StringEquals", None, False),
        ("StringEqualsIfExists", None, True),
        ("StringLike", "x", False),
        ("StringNotEquals", "a", False),
        ("StringNotEquals", "c", True),
        ("StringNotEquals", None, True),
        ("ForAllValues:StringEquals", ["a", "b"], True),
        ("ForAllValues:StringEquals", ["a", "c"], False),
        ("ForAllValues:StringEquals", None, True),
        ("ForAnyValue:StringEquals", ["a", "c"], True),
        ("ForAnyValue:StringEquals", None, False),
    ],
)
def test_a_condition_holds(operator: str, given: str | list[str] | None, holds: bool) -> None:
    keys = {} if given is None else {"key": given}
    assert under({operator: {"key": ["a", "b"]}}, **keys) is holds


def test_what_the_evaluator_does_not_know_is_an_error() -> None:
    with pytest.raises(ValueError, match="NotAction"):
        allowed([{**ANY, "NotAction": "s3:*"}], Request(action="s3:GetObject"))
    with pytest.raises(KeyError):
        under({"DateLessThan": {"key": "2030"}}, key="a")
    with pytest.raises(ValueError, match="compares one value"):
        under({"StringEquals": {"key": "a"}}, key=["a", "b"])
