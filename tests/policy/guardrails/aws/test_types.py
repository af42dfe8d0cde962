"""What the rules call types and properties is what the provider calls them."""

import importlib.util
import re
from pathlib import Path

import pytest
from guardrails.aws import types
from guardrails.aws.texts import CODE_PLACES, TEXT_PLACES
from guardrails.catalogue import RULES
from guardrails.rule import ResourceRule

REGISTERS = re.compile(r"super\(\w+, __self__\)\.__init__\(\s*'(aws:[^']+)',")
GETTER = re.compile(r'@pulumi\.getter(?:\(name="(\w+)"\))?\s+def (\w+)\(self\)')


@pytest.fixture(scope="module")
def folders() -> dict[Path, dict[str, str]]:
    """The source of each resource class of the provider, by folder and type; importing all takes a minute."""
    spec = importlib.util.find_spec("pulumi_aws")
    assert spec is not None
    assert spec.origin
    found: dict[Path, dict[str, str]] = {}
    for path in Path(spec.origin).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        found.setdefault(path.parent, {}).update(dict.fromkeys(REGISTERS.findall(text), text))
    return found


@pytest.fixture(scope="module")
def sources(folders: dict[Path, dict[str, str]]) -> dict[str, str]:
    """The source of each resource class by type."""
    return {kind: source for kinds in folders.values() for kind, source in kinds.items()}


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


CLASS = re.compile(r"\nclass (\w+Args):")
MEMBER = re.compile(r'@pulumi\.getter(?:\(name="(\w+)"\))?\s+(?:@[^\n]*\n\s+)*def (\w+)\(self\) -> ([^\n]*):')
# Types that are no users of the groups that they name: the groups and their rules themselves.
NO_USERS = {
    *types.SECURITY_GROUPS,
    *types.STANDALONE_RULES,
    "aws:ec2/vpcSecurityGroupRulesExclusive:VpcSecurityGroupRulesExclusive",
    "aws:vpc/securityGroupVpcAssociation:SecurityGroupVpcAssociation",
}


def holders(path: Path) -> set[str]:
    """The input types of a module in which, however deep, security groups are named."""
    parts = CLASS.split(path.read_text(encoding="utf-8")) if path.exists() else [""]
    bodies = dict(zip(parts[1::2], parts[2::2], strict=True))
    found = {name for name, body in bodies.items() if re.search(r"def \w*security_group\w*\(self\)", body)}
    while grown := {
        name for name, body in bodies.items() if name not in found and any(f"'{it}'" in body for it in found)
    }:
        found |= grown
    return found


def test_the_list_of_uses_of_security_groups_is_the_providers(folders: dict[Path, dict[str, str]]):
    uses = set()
    for folder, kinds in folders.items():
        inside = holders(folder / "_inputs.py")
        for kind, source in kinds.items():
            arguments = source.split("@pulumi.input_type", 1)[-1].split("@pulumi.input_type", maxsplit=1)[0]
            for name, python, stated in MEMBER.findall(arguments.split("\nclass _", 1)[0]):
                if "security_group" in python or any(f"'{it}'" in stated for it in inside):
                    uses.add((kind, name or python))
    listed = {(kind, key) for kind, keys in types.GROUP_USES.items() for key in keys}
    assert {(kind, key) for kind, key in uses if kind not in NO_USERS} == listed


def test_every_place_of_deployed_text_exists(sources: dict[str, str]):
    for places in (TEXT_PLACES, CODE_PLACES):
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


def test_every_rule_for_load_balancing_knows_both_spellings(sources: dict[str, str]):
    for rule in RULES:
        named = (rule.applies_to or frozenset()) if isinstance(rule, ResourceRule) else rule.judges
        for kind in named:
            twin = (
                kind.replace("aws:lb/", "aws:alb/")
                if "aws:lb/" in kind
                else kind.replace("aws:alb/", "aws:lb/")
            )
            assert twin in named or twin not in sources
