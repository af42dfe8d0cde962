"""Security groups and their rules say what they are for."""

from collections.abc import Iterator

from pulumi_policy import EnforcementLevel, Severity

from guardrails.aws import types
from guardrails.aws.security_groups import EGRESS, INGRESS, openings
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Value, each, in_turn, text
from guardrails.rule import Finding, ResourceRule

# What the provider writes when a program says nothing.
DEFAULTS = frozenset({"", "managed by pulumi", "managed by terraform"})


def findings(resource: Resource, _options: Options) -> Iterator[Finding]:
    """The group, and each rule, without words of its own."""
    if resource.type in types.SECURITY_GROUPS:
        # AWS writes the default group's description, and nobody can change it.
        own = (
            iter(())
            if resource.type == types.DEFAULT_SECURITY_GROUP
            else _silent(resource.props, "description")
        )
        yield from in_turn(own, _inside(resource, INGRESS), _inside(resource, EGRESS))
    else:
        yield from _silent(resource.props, "description")


def _inside(group: Resource, direction: str) -> Iterator[Finding]:
    rules = openings(group, direction)
    yield from each(rules, lambda rule: _silent(rule.props, f"{rule.argument}.description"))


def _silent(props: Value, argument: str) -> Iterator[Finding]:
    if text(props, "description").lower() in DEFAULTS:
        yield Finding(
            observed="has no description of its own", expected="who uses it and why", argument=argument
        )


RULE = ResourceRule(
    id="sg-descriptions",
    title="Described security groups",
    description="Security groups and their rules should say what they are for.",
    why="In an incident nobody dares to close a port of which nobody knows whom it serves.",
    fix="Add a description that names the caller and the reason.",
    severity=Severity.LOW,
    references=("CKV_AWS_23", "EC27"),
    topics=("network", "documentation"),
    level=EnforcementLevel.ADVISORY,
    applies_to=types.SECURITY_GROUPS | types.STANDALONE_RULES,
    findings=findings,
    compliant=(
        Resource(
            type="aws:ec2/securityGroup:SecurityGroup",
            name="workers",
            props={"description": "Render instances."},
        ),
    ),
    violating=(
        Resource(
            type="aws:ec2/securityGroup:SecurityGroup",
            name="workers",
            props={"description": "Managed by Pulumi"},
        ),
    ),
)
