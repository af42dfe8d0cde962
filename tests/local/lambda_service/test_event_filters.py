"""Filter criteria as Lambda judges them."""

import json

import pytest

from local.lambda_service.event_filters import FilterError, parse, passes

RECORD = {
    "eventName": "INSERT",
    "dynamodb": {"NewImage": {"state": {"S": "queued"}, "attempt": {"N": "2"}, "fleet": {"S": "cpu"}}},
}


def judged(pattern: object) -> bool:
    return passes(RECORD, parse([json.dumps(pattern)]))


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param({"eventName": ["INSERT", "MODIFY"]}, id="one of several values"),
        pytest.param({"dynamodb": {"NewImage": {"state": {"S": ["queued"]}}}}, id="nested value"),
        pytest.param({"dynamodb": {"NewImage": {"fleet": {"S": [{"prefix": "c"}]}}}}, id="prefix"),
        pytest.param({"dynamodb": {"NewImage": {"fleet": {"S": [{"suffix": "pu"}]}}}}, id="suffix"),
        pytest.param({"dynamodb": {"NewImage": {"state": {"S": [{"anything-but": ["failed"]}]}}}}, id="not"),
        pytest.param({"dynamodb": {"OldImage": {"state": {"S": [{"exists": False}]}}}}, id="absent"),
        pytest.param({"dynamodb": {"NewImage": {"state": {"S": [{"exists": True}]}}}}, id="present"),
        pytest.param({"eventName": [{"equals-ignore-case": "insert"}]}, id="any case"),
        pytest.param({"$or": [{"eventName": ["REMOVE"]}, {"eventName": ["INSERT"]}]}, id="either"),
    ],
)
def test_a_record_that_matches_passes(pattern: object) -> None:
    assert judged(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param({"eventName": ["REMOVE"]}, id="other value"),
        pytest.param(
            {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"fleet": {"S": ["gpu"]}}}}, id="one of two"
        ),
        pytest.param({"dynamodb": {"OldImage": {"state": {"S": ["queued"]}}}}, id="absent part"),
        pytest.param(
            {"dynamodb": {"OldImage": {"state": {"S": [{"anything-but": ["x"]}]}}}}, id="absent is not other"
        ),
        pytest.param({"dynamodb": {"NewImage": {"state": {"S": [{"exists": False}]}}}}, id="present"),
    ],
)
def test_a_record_that_does_not_match_is_kept_back(pattern: object) -> None:
    assert not judged(pattern)


def test_one_of_several_patterns_is_enough() -> None:
    assert passes(RECORD, parse(['{"eventName": ["REMOVE"]}', '{"eventName": ["INSERT"]}']))


def test_without_patterns_every_record_passes() -> None:
    assert passes(RECORD, [])


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param({"eventName": "INSERT"}, id="no list"),
        pytest.param({"eventName": [{"sounds-like": "INSERT"}]}, id="unknown operator"),
        pytest.param({"$or": [{"eventName": [{"sounds-like": "INSERT"}]}]}, id="operator in a choice"),
        pytest.param(
            {"dynamodb": {"NewImage": {"attempt": {"N": [{"numeric": [">", 1]}]}}}}, id="comparison of a text"
        ),
    ],
)
def test_a_pattern_that_is_not_known_is_an_error_rather_than_a_match(pattern: object) -> None:
    with pytest.raises(FilterError):
        judged(pattern)
