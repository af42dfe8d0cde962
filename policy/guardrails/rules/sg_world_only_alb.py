"""Only the public load balancer hears the world, and only on its web ports."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity
from pulumi_policy.proxy import UnknownValueError

from guardrails.aws import types
from guardrails.aws.group_use import Use, named_groups, uses
from guardrails.aws.security_groups import INGRESS, Opening, inline, openings, standalone, world_and
from guardrails.options import Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack, refers
from guardrails.resources.values import any_of, each, in_turn, text
from guardrails.rule import Finding, StackRule

OPTIONS = (Option(name="ports", default=[80, 443], description="The ports that the world may reach."),)


def findings(stack: Stack, options: Options) -> Iterator[Finding]:
    """Each rule for the world on a group that is not the public load balancer's alone, or on another port."""
    groups = stack.of(types.SECURITY_GROUPS)
    yield from in_turn(
        each(groups, lambda group: _of_group(stack, group, options)),
        each(stack.of(types.STANDALONE_RULES), lambda rule: _of_stranger(stack, rule, groups, options)),
    )


def _of_group(stack: Stack, group: Resource, options: Options) -> Iterator[Finding]:
    use = Use(stack=stack, names=lambda user, key: uses(user, key, group))
    yield from in_turn(
        each(inline(group, INGRESS), lambda opening: _judge(opening, options, use)),
        each(standalone(stack, group), lambda rule: _alone(rule, options, use)),
    )


def _alone(rule: Resource, options: Options, use: Use) -> Iterator[Finding]:
    yield from each(openings(rule, INGRESS), lambda opening: _judge(opening, options, use))


def _of_stranger(stack: Stack, rule: Resource, groups: list[Resource], options: Options) -> Iterator[Finding]:
    """Of a rule on a group that is not in the stack, known by its id alone."""
    if any_of(groups, lambda group: refers(rule, group, "securityGroupId")):
        return

    def names(user: Resource, key: str) -> bool:
        return any_of(named_groups(user, key), lambda it: text(it) == text(rule.props, "securityGroupId"))

    yield from _alone(rule, options, Use(stack=stack, names=names))


def _judge(opening: Opening, options: Options, use: Use) -> Iterator[Finding]:
    yield from in_turn(
        _foreign(opening, use), _shared(opening, use), _beyond(opening, options.numbers("ports"), use)
    )


def _foreign(opening: Opening, use: Use) -> Iterator[Finding]:
    if world_and(opening, lambda: not use.by_the_balancer()):
        yield Finding(
            observed="is open to the whole world but belongs to no public load balancer of this stack",
            expected="a source within the network, or the security group of the caller",
            argument=opening.argument or "cidr_blocks, cidr_ipv4 or cidr_ipv6",
            resource=opening.owner,
        )


def _shared(opening: Opening, use: Use) -> Iterator[Finding]:
    """A group that the public balancer has, and others with it: the world reaches them around it."""
    if not world_and(opening, lambda: _may_be(use) and any(True for _ in use.by_others())):
        return
    for name in sorted({user.name for user in use.by_others()}):
        yield Finding(
            observed=f"is open to the whole world and is not the public load balancer's alone: {name} has it",
            expected="a security group of its own for each, with the balancer's group as the source",
            argument=opening.argument or "security_group_id",
            resource=opening.owner,
        )


def _beyond(opening: Opening, ports: tuple[float, ...], use: Use) -> Iterator[Finding]:
    if world_and(opening, lambda: not opening.ports_within(ports)) and _may_be(use):
        shown = ", ".join(f"{port:g}" for port in ports)
        yield Finding(
            observed=f"the public load balancer is open to the whole world beyond the ports {shown}",
            expected=f"the ports {shown} alone",
            argument="from_port and to_port",
            resource=opening.owner,
        )


def _may_be(use: Use) -> bool:
    # A port is wrong whether or not the group turns out to be the balancer's.
    try:
        return use.by_the_balancer()
    except UnknownValueError:
        return True


RULE = StackRule(
    id="sg-world-only-alb",
    title="Only the load balancer hears the world",
    description=(
        "Only security groups that nobody but the public load balancer has may be open to the world, on web "
        "ports alone."
    ),
    why="Everything else has its callers inside the network; an open port there is a way around TLS and WAF.",
    fix="Allow the caller's security group instead of the world, and give the balancer a group of its own.",
    severity=Severity.HIGH,
    references=("EC2.18", "EC2.19"),
    topics=("security", "network"),
    judges=types.SECURITY_GROUPS | types.STANDALONE_RULES | types.LOAD_BALANCERS | types.GROUP_USERS,
    options=OPTIONS,
    findings=findings,
    compliant=(
        Resource(
            type="aws:ec2/securityGroup:SecurityGroup",
            name="entrance",
            urn="entrance",
            props={
                "ingress": [{"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["0.0.0.0/0"]}]
            },
        ),
        Resource(
            type="aws:lb/loadBalancer:LoadBalancer",
            name="api",
            props={"internal": False},
            links={"securityGroups": ("entrance",)},
        ),
    ),
    violating=(
        Resource(
            type="aws:ec2/securityGroup:SecurityGroup",
            name="workers",
            props={
                "ingress": [
                    {"protocol": "tcp", "fromPort": 8080, "toPort": 8080, "cidrBlocks": ["0.0.0.0/0"]}
                ]
            },
        ),
    ),
)
