"""What the rules call types and properties is what the provider calls them."""

import importlib.util
import re
from pathlib import Path

import pytest
from guardrails.aws import types
from guardrails.catalogue import RULES
from guardrails.rule import ResourceRule

REGISTERS = re.compile(r"super\(\w+, __self__\)\.__init__\(\s*'(aws:[^']+)',")
GETTER = re.compile(r'@pulumi\.getter(?:\(name="(\w+)"\))?\s+def (\w+)\(self\)')


@pytest.fixture(scope="module")
def sources() -> dict[str, str]:
    """The source of each resource class of the provider, by type; importing them all would take a minute."""
    spec = importlib.util.find_spec("pulumi_aws")
    assert spec is not None
    assert spec.origin
    found = {}
    for path in Path(spec.origin).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        found |= dict.fromkeys(REGISTERS.findall(text), text)
    return found


def inputs(source: str) -> set[str]:
    arguments = source.split("@pulumi.input_type", 1)[1].split("@pulumi.input_type", maxsplit=1)[0]
    return {name or python for name, python in GETTER.findall(arguments.split("\nclass _", 1)[0])}


def test_every_type_that_the_pack_names_exists(sources: dict[str, str]):
    named = frozenset().union(*(each for each in vars(types).values() if isinstance(each, frozenset)))
    assert {kind for kind in named if kind.startswith("aws:")} <= set(sources)


def test_the_list_of_types_with_tags_is_the_providers(sources: dict[str, str]):
    tagged = {
        kind
        for kind, source in sources.items()
        if "@pulumi.input_type" in source
        and "def tags(self)" in source.split("@pulumi.input_type", 1)[1].split("\n@pulumi.input_type")[0]
    }
    assert tagged == types.TAGGABLE


def test_every_place_of_deployed_text_exists(sources: dict[str, str]):
    for places in (types.TEXT_PLACES, types.CODE_PLACES):
        for kind, keys in places.items():
            assert set(keys) <= inputs(sources[kind]), kind


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_properties_in_examples_are_the_providers(rule, sources: dict[str, str]):
    # Computed ones that a stack shows besides what a program states.
    outputs = {"id", "arn"}
    for resource in (*rule.compliant, *rule.violating):
        if resource.type.startswith("aws:"):
            assert {*resource.props, *resource.links} <= inputs(sources[resource.type]) | outputs, (
                resource.type
            )


def test_every_rule_for_load_balancing_knows_both_spellings():
    for rule in RULES:
        named = (rule.applies_to or frozenset()) if isinstance(rule, ResourceRule) else rule.judges
        for kind in named:
            twin = (
                kind.replace("aws:lb/", "aws:alb/")
                if "aws:lb/" in kind
                else kind.replace("aws:alb/", "aws:lb/")
            )
            assert twin in named or rule.id == "required-tags"
