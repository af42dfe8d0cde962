"""Only the public load balancer hears the world, and only on its web ports."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

from pulumi_policy import Severity
from pulumi_policy.proxy import UnknownValueError

from guardrails.aws import types
from guardrails.aws.balancers import is_public_application
from guardrails.aws.security_groups import INGRESS, Opening, inline, openings, standalone, world_and
from guardrails.options import Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack, refers
from guardrails.resources.values import all_of, any_of, each, in_turn, items, text
from guardrails.rule import Finding, StackRule

Test: TypeAlias = Callable[[], bool]
OPTIONS = (Option(name="ports", default=[80, 443], description="The ports that the world may reach."),)


def findings(stack: Stack, options: Options) -> Iterator[Finding]:
    """Each rule for the world on a group that is not the public load balancer's, or on another port."""
    groups = stack.of(types.SECURITY_GROUPS)
    yield from each(groups, lambda group: _of_group(stack, group, options))
    alone = [rule for rule in stack.of(types.STANDALONE_RULES) if not _owned(rule, groups)]
    yield from each(alone, lambda rule: _of_stranger(stack, rule, options))


def _owned(rule: Resource, groups: list[Resource]) -> bool:
    return any(refers(rule, group, "securityGroupId") for group in groups)


def _of_group(stack: Stack, group: Resource, options: Options) -> Iterator[Finding]:
    attached = partial(_attached, stack, lambda balancer: refers(balancer, group, "securityGroups"))
    yield from in_turn(
        _inside(group, options, attached),
        each(standalone(stack, group), lambda rule: _alone(rule, options, attached)),
    )


def _inside(group: Resource, options: Options, attached: Test) -> Iterator[Finding]:
    yield from each(inline(group, INGRESS), lambda opening: _judge(opening, options, attached))


def _alone(rule: Resource, options: Options, attached: Test) -> Iterator[Finding]:
    yield from each(openings(rule, INGRESS), lambda opening: _judge(opening, options, attached))


def _of_stranger(stack: Stack, rule: Resource, options: Options) -> Iterator[Finding]:
    yield from _alone(rule, options, partial(_attached, stack, lambda balancer: _lists(balancer, rule)))


def _lists(balancer: Resource, rule: Resource) -> bool:
    group = text(rule.props, "securityGroupId")
    return any_of(items(balancer.props, "securityGroups"), lambda listed: text(listed) == group)


def _attached(stack: Stack, belongs: Callable[[Resource], bool]) -> bool:
    return any_of(
        stack.of(types.LOAD_BALANCERS),
        lambda balancer: all_of(lambda: belongs(balancer), lambda: is_public_application(balancer)),
    )


def _judge(opening: Opening, options: Options, attached: Test) -> Iterator[Finding]:
    yield from in_turn(_foreign(opening, attached), _beyond(opening, options.numbers("ports"), attached))


def _foreign(opening: Opening, attached: Test) -> Iterator[Finding]:
    if world_and(opening, lambda: not attached()):
        yield Finding(
            observed="is open to the whole world but belongs to no public load balancer of this stack",
            expected="a source within the network, or the security group of the caller",
            argument=opening.argument or "cidr_blocks, cidr_ipv4 or cidr_ipv6",
            resource=opening.owner,
        )


def _beyond(opening: Opening, ports: tuple[float, ...], attached: Test) -> Iterator[Finding]:
    if world_and(opening, lambda: not opening.ports_within(ports)) and _may_be(attached):
        shown = ", ".join(f"{port:g}" for port in ports)
        yield Finding(
            observed=f"the public load balancer is open to the whole world beyond the ports {shown}",
            expected=f"the ports {shown} alone",
            argument="from_port and to_port",
            resource=opening.owner,
        )


def _may_be(attached: Test) -> bool:
    # A port is wrong whether or not the group turns out to be the balancer's.
    try:
        return attached()
    except UnknownValueError:
        return True


RULE = StackRule(
    id="sg-world-only-alb",
    title="Only the load balancer hears the world",
    description=(
        "Only security groups of the public load balancer may be open to the world, on web ports alone."
    ),
    why="Everything else has its callers inside the network; an open port there is a way around TLS and WAF.",
    fix="Allow the caller's security group instead of 0.0.0.0/0 or ::/0.",
    severity=Severity.HIGH,
    references=("EC2.18", "EC2.19"),
    topics=("security", "network"),
    judges=types.SECURITY_GROUPS | types.STANDALONE_RULES | types.LOAD_BALANCERS,
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
