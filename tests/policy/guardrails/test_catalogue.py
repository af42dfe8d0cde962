"""What holds for every rule: its examples are true, it never breaks, it never judges what is unknown."""

import copy
import importlib
import itertools
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from guardrails.aws import types
from guardrails.catalogue import RULES
from guardrails.pack.policies import validation
from guardrails.resources.resource import Resource
from guardrails.rule import ResourceRule, Rule, StackRule
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pulumi_policy import ResourceValidationArgs
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE as UNKNOWN
from pulumi_policy.proxy import unknown_checking_proxy

EVERY_RULE = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
FILES = Path(__file__).parents[3] / "policy" / "guardrails" / "rules"


def _paths(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _paths(member, (*path, key))
    if isinstance(value, list):
        for index, member in enumerate(value):
            yield from _paths(member, (*path, index))


def _with_unknown(props: dict[str, object], path: tuple[str | int, ...]) -> dict[str, object]:
    changed = copy.deepcopy(props)
    holder = changed
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = UNKNOWN
    return changed


@EVERY_RULE
def test_compliant_example_complies(rule: Rule, judge: Callable):
    said = judge(rule.id, *rule.compliant)
    assert rule.compliant
    assert (said.findings, said.undecided) == ([], False)


@EVERY_RULE
def test_violating_example_is_found_with_its_name(rule: Rule, judge: Callable):
    said = judge(rule.id, *rule.violating, **rule.violating_options)
    assert said.findings
    assert any(
        resource.name in finding for resource in rule.violating for finding in said.findings
    ) or isinstance(rule, StackRule)


@EVERY_RULE
def test_finding_names_the_argument_to_change(rule: Rule, judge: Callable):
    said = judge(rule.id, *rule.violating, **rule.violating_options)
    assert all(re.search(r" Argument: `[^`]+`\.", finding) for finding in said.findings)


# Unknown as a whole and depending on nothing, these are what a preview shows of a property left out.
LEFT_OUT = frozenset({("tracingConfig",)})


@EVERY_RULE
def test_nothing_unknown_turns_a_compliant_example_into_a_finding(rule: Rule, judge: Callable):
    for index, resource in enumerate(rule.compliant):
        for path in set(_paths(resource.props)) - LEFT_OUT:
            changed = list(rule.compliant)
            changed[index] = replace(resource, props=_with_unknown(resource.props, path))
            assert judge(rule.id, *changed).findings == [], path


@EVERY_RULE
def test_metadata_is_complete(rule: Rule):
    for sentence in (rule.description, rule.why, rule.fix):
        assert re.fullmatch(r"[A-Z].*[.\")]", sentence), sentence
    assert rule.title
    assert rule.topics
    assert rule.url.endswith(f"#{rule.id}")
    assert len({option.name for option in rule.options}) == len(rule.options)
    assert all(re.match(r"[A-Z].*\.$", option.description) for option in rule.options)


def test_each_rule_has_its_file_and_each_file_its_rule():
    files = {path.stem.replace("_", "-") for path in FILES.glob("*.py")} - {"--init--"}
    assert files == {rule.id for rule in RULES}


@EVERY_RULE
def test_type_tokens_of_a_rule_are_known_to_the_pack(rule: Rule):
    named = (rule.applies_to or frozenset()) if isinstance(rule, ResourceRule) else rule.judges
    every = frozenset().union(*(each for each in vars(types).values() if isinstance(each, frozenset)))
    assert named <= every


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "*", "-1", "{", "[1]", '{"Statement": [[1]]}', "arn:aws:iam::1:role/*", UNKNOWN]),
    st.text(max_size=6),
)
KEYS = st.sampled_from(["key", "type", "tags", "ebs", "Statement", "name", "value", "__defaults"])
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)


def _hostile(value: object, spoilers: Iterator[object], fate: random.Random) -> object:
    """The value with some parts replaced by others and some left out."""
    if fate.random() < 0.15:
        return next(spoilers)
    if isinstance(value, dict):
        return {key: _hostile(each, spoilers, fate) for key, each in value.items() if fate.random() > 0.1}
    if isinstance(value, list):
        return [_hostile(each, spoilers, fate) for each in value]
    return value


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
@given(spoilers=st.lists(TREES, min_size=1, max_size=8), seed=st.integers(0, 10**6))
def test_no_input_breaks_a_rule(judge: Callable, spoilers: list[object], seed: int):
    fate = random.Random(seed)  # noqa: S311 - spoils test input
    for rule in RULES:
        for example in (rule.compliant, rule.violating):
            spoiled = [_hostile(each.props, itertools.cycle(spoilers), fate) for each in example]
            resources = [
                replace(each, props=props if isinstance(props, dict) else {})
                for each, props in zip(example, spoiled, strict=True)
            ]
            broken = [said for said in judge(rule.id, *resources).findings if "could not judge" in said]
            assert broken == [], (rule.id, resources)


def test_a_rule_that_breaks_is_a_finding_and_never_a_pass(judge: Callable):
    def breaks(_resource: Resource, _options: object) -> Iterator[object]:
        raise KeyError("a secret")

    rule = replace(next(rule for rule in RULES if rule.id == "lt-imdsv2"), findings=breaks)
    said = []
    props = unknown_checking_proxy({})
    args = ResourceValidationArgs(
        "aws:ec2/launchTemplate:LaunchTemplate",
        props,
        "urn:x",
        "worker",
        SimpleNamespace(protect=False, ignore_changes=[]),
        None,
    )
    validation(rule).validate(args, lambda message, _urn=None: said.append(message))
    assert len(said) == 1
    assert "the rule failed with KeyError" in said[0]
    assert "secret" not in said[0]


def test_each_rule_is_tried_with_findings_without_and_with_unknown_values():
    outcomes: dict[str, set[str]] = {rule.id: set() for rule in RULES}
    for path in sorted((Path(__file__).parent / "rules").glob("test_*.py")):
        for case in importlib.import_module(f"tests.policy.guardrails.rules.{path.stem}").CASES:
            outcomes[case.rule] |= {case.outcome, *(["open"] if UNKNOWN in str(case.resources) else [])}
    # These look at no value that could be unknown.
    blind = {"ignore-changes-allowlist", "stateful-protected", "no-removed-health-checks"}
    lacking = {rule: {"found", "clean", "open"} - seen for rule, seen in outcomes.items()}
    assert {
        rule: left for rule, left in lacking.items() if left - ({"open"} if rule in blind else set())
    } == {}


@EVERY_RULE
def test_an_empty_resource_breaks_no_rule(rule: Rule, judge: Callable):
    empty = [Resource(type=each.type, name=each.name) for each in rule.compliant]
    assert not any("could not judge" in finding for finding in judge(rule.id, *empty).findings)
