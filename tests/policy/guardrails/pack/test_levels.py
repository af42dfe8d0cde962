"""The levels of the stacks: complete, strict, and strictest where customers are."""

import json
from pathlib import Path

import pytest
from guardrails.catalogue import RULES
from guardrails.pack import levels
from pulumi_policy import Severity

STACKS = ("local", "dev", "prod", "bootstrap")
ORDER = {"disabled": 0, "advisory": 1, "remediate": 2, "mandatory": 2}


@pytest.mark.parametrize("stack", STACKS)
def test_committed_levels_have_no_problems(stack: str):
    assert levels.problems(levels.load(stack), RULES) == []


@pytest.mark.parametrize("stack", STACKS)
def test_every_rule_is_named(stack: str):
    assert set(levels.load(stack)) == {rule.id for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_prod_is_never_laxer_than_dev_where_it_matters(rule):
    if rule.severity in {Severity.HIGH, Severity.CRITICAL}:
        dev, prod = (levels.level_of(levels.load(stack), rule) for stack in ("dev", "prod"))
        assert ORDER[prod] >= ORDER[dev]


def test_prod_disables_and_remediates_nothing():
    stated = {levels.level_of(levels.load("prod"), rule) for rule in RULES}
    assert stated <= {"mandatory", "advisory"}


@pytest.mark.parametrize("stack", ["local", "prod"])
def test_what_takes_tags_from_instances_or_health_checks_away_is_stopped(stack: str):
    guarding = {
        "required-tags",
        "lt-instance-tags",
        "lt-volume-tags",
        "asg-tags-propagate",
        "tg-health-check",
        "ecs-container-health-check",
        "asg-health-check-explicit",
        "asg-desired-not-owned",
    }
    stated = {rule.id: levels.level_of(levels.load(stack), rule) for rule in RULES if rule.id in guarding}
    assert stated == dict.fromkeys(guarding, "mandatory")


def test_only_rules_with_a_remedy_are_remediated():
    without = {rule.id for rule in RULES if rule.remedy is None}
    remediated = {rule.id for rule in RULES if levels.level_of(levels.load("dev"), rule) == "remediate"}
    assert remediated
    assert not remediated & without


def test_a_rule_without_configuration_is_as_strict_as_in_prod():
    assert {rule.id: rule.level.value for rule in RULES} == {
        rule.id: levels.level_of(levels.load("prod"), rule) for rule in RULES
    }


@pytest.mark.parametrize(
    ("stated", "complaint"),
    [
        ([], "not a JSON object"),
        ({"lt-imdsv": "mandatory"}, "did you mean lt-imdsv2"),
        ({"nothing-like-it": "mandatory"}, "nothing-like-it is not a rule"),
        ({"lt-imdsv2": "strict"}, 'level "strict"'),
        ({"lt-imdsv2": None}, "level null"),
        ({"environments": ["team/prod"]}, "only Pulumi Cloud resolves"),
        ({"all": "everything"}, "all has the level"),
        ({"log-retention": {"minimumdays": 3}}, "did you mean minimumDays"),
        ({"log-retention": {"minimumDays": "365"}}, "must be like 365"),
        ({"log-retention": {"minimumDays": True}}, "must be like 365"),
        ({"log-retention": {"enforcementLevel": "sometimes"}}, 'level "sometimes"'),
        ({"required-tags": {"keys": ["Owner", 3]}}, "required-tags.keys"),
        ({"required-tags": {"fillIn": {"Owner": 3}}}, "required-tags.fillIn"),
        ({"no-removed-health-checks": {"minimums": {"aws:ecs/service:Service": "1"}}}, "minimums"),
        ({"subnet-no-auto-public": {"tags": {"Tier": "private"}}}, "subnet-no-auto-public.tags"),
        ({"required-tags": {"pattern": "["}}, 'pattern is "["; it is no regular expression: unterminated'),
        ({"required-tags": {"pattern": "a**"}}, "multiple repeat at position 2"),
        ({"required-tags": {"pattern": "(?<n>a)"}}, "no regular expression"),
        ({"required-tags": {"pattern": "a{99999999999999999999}"}}, "no regular expression"),
        ({"log-retention": {"minimumDays": -1}}, "minimumDays is -1; it is below 0"),
    ],
)
def test_a_levels_file_that_would_be_misread_is_refused(stated: object, complaint: str):
    (problem,) = levels.problems(stated, RULES)
    assert complaint in problem


def test_all_problems_are_reported_at_once():
    assert len(levels.problems({"a": "mandatory", "b": "mandatory", "lt-imdsv2": 1}, RULES)) == 3


def test_levels_of_an_unknown_stack_name_the_known_ones():
    with pytest.raises(FileNotFoundError, match="dev, local, prod"):
        levels.load("staging")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[]", "staging.json is not a JSON object keyed by rule id"),
        (
            '{\n\t"sqs-sse": "disabled",\n\t"sqs-sse": "mandatory"\n}',
            "sqs-sse appears more than once, on lines 2 and 3; only the last one would count",
        ),
        ('{"sqs-sse": {"a": 1,\n "a": 2}}', "a appears more than once, on lines 1 and 2"),
        ('{"sqs-sse": "\x7f",\n "sqs-sse": 2}', "sqs-sse appears more than once; only"),
        ("{", "Expecting property name"),
    ],
)
def test_a_levels_file_that_is_no_object_or_states_a_key_twice_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, complaint: str
):
    (tmp_path / "staging.json").write_text(text)
    monkeypatch.setattr(levels, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match=complaint):
        levels.load("staging")


def test_an_object_without_level_keeps_the_rules_own():
    rule = next(rule for rule in RULES if rule.id == "log-retention")
    assert levels.level_of({"log-retention": {"minimumDays": 30}}, rule) == "mandatory"
    assert levels.level_of({"all": "disabled", "log-retention": {"minimumDays": 30}}, rule) == "disabled"


def test_levels_files_are_written_as_the_cli_takes_them():
    for path in (Path(__file__).parents[4] / "policy" / "levels").glob("*.json"):
        assert all(isinstance(value, str | dict) for value in json.loads(path.read_text()).values())
