"""A security group has its rules inline or beside it, never both."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.security_groups import EGRESS, INGRESS, Opening, duplicates, inline, openings, standalone
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack
from guardrails.resources.values import each, unknown
from guardrails.rule import Finding, StackRule


def findings(stack: Stack, _options: Options) -> Iterator[Finding]:
    """Each group with both."""
    yield from each(stack.of(types.SECURITY_GROUPS), lambda group: _mixed(stack, group))


def _mixed(stack: Stack, group: Resource) -> Iterator[Finding]:
    within = [(direction, opening) for direction in (INGRESS, EGRESS) for opening in inline(group, direction)]
    if not within:
        return
    beside = standalone(stack, group)
    # What depends on other resources, and all of a group that is still to be made, was not read back.
    linked = any(group.links.get(direction) for direction, _ in within)
    stated = linked or unknown(group.props, "id")
    if beside and (
        stated or not all(_shown_again(direction, opening, beside) for direction, opening in within)
    ):
        yield Finding(
            observed=f"has inline rules and the standalone rule {beside[0].name}",
            expected="all rules in one of the two forms",
            argument="ingress and egress",
            resource=group,
        )


def _shown_again(direction: str, opening: Opening, beside: list[Resource]) -> bool:
    return duplicates(opening, [other for rule in beside for other in openings(rule, direction)])


RULE = StackRule(
    id="sg-no-mixed-rules",
    title="One form of security group rules",
    description="A security group must not have both inline and standalone rules.",
    why="Each deployment removes the rules of the other form; ports open and close by turns.",
    fix="Move the inline rules into rule resources of their own.",
    severity=Severity.MEDIUM,
    topics=("drift", "network"),
    judges=types.SECURITY_GROUPS | types.STANDALONE_RULES,
    findings=findings,
    compliant=(
        Resource(type="aws:ec2/securityGroup:SecurityGroup", name="workers", urn="workers"),
        Resource(
            type="aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            name="from-api",
            props={"ipProtocol": "tcp", "fromPort": 8080, "toPort": 8080, "cidrIpv4": "10.0.0.0/16"},
            links={"securityGroupId": ("workers",)},
        ),
    ),
    violating=(
        Resource(
            type="aws:ec2/securityGroup:SecurityGroup",
            name="workers",
            urn="workers",
            props={
                "ingress": [
                    {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.0.0.0/16"]}
                ]
            },
        ),
        Resource(
            type="aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            name="from-api",
            props={"ipProtocol": "tcp", "fromPort": 8080, "toPort": 8080, "cidrIpv4": "10.0.0.0/16"},
            links={"securityGroupId": ("workers",)},
        ),
    ),
)
