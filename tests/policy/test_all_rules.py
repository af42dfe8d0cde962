"""What holds for every rule: its examples are true, it never breaks, it never judges what is unknown."""

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from guardrails import types
from guardrails.catalogue import RULES
from guardrails.rule import Resource, ResourceRule, Rule, StackRule
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE as UNKNOWN

EVERY_RULE = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
FILES = Path(__file__).parents[2] / "policy" / "guardrails" / "rules"


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
def test_nothing_unknown_turns_a_compliant_example_into_a_finding(rule: Rule, judge: Callable):
    for index, resource in enumerate(rule.compliant):
        for path in _paths(resource.props):
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
    st.text(max_size=6),
    st.just(UNKNOWN),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["key", "type", "tags", "x"]), inner, max_size=3),
    ),
    max_leaves=8,
)


def _hostile(draw: st.DrawFn, value: object) -> object:
    """The value with some of its parts replaced by arbitrary trees."""
    if draw(st.integers(0, 6)) == 0:
        return draw(TREES)
    if isinstance(value, dict):
        return {key: _hostile(draw, member) for key, member in value.items() if draw(st.integers(0, 9))}
    if isinstance(value, list):
        return [_hostile(draw, member) for member in value]
    return value


@EVERY_RULE
@settings(
    max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
)
@given(data=st.data())
def test_no_input_breaks_a_rule(rule: Rule, judge: Callable, data: st.DataObject):
    draw = data.draw
    examples = draw(st.sampled_from([rule.compliant, rule.violating]))
    hostile = []
    for resource in examples:
        props = _hostile(draw, resource.props)
        hostile.append(replace(resource, props=props if isinstance(props, dict) else {}))
    for finding in judge(rule.id, *hostile).findings:
        assert "could not judge" not in finding


@EVERY_RULE
def test_an_empty_resource_breaks_no_rule(rule: Rule, judge: Callable):
    empty = [Resource(type=each.type, name=each.name) for each in rule.compliant]
    assert not any("could not judge" in finding for finding in judge(rule.id, *empty).findings)
