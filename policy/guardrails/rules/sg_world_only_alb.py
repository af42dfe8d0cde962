"""Only the public load balancer hears the world, and only on its web ports."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails import types
from guardrails.balancers import is_public_application
from guardrails.firewall import INGRESS, Opening, inline, openings, standalone
from guardrails.options import Option, Options
from guardrails.rule import Finding, Resource, StackRule
from guardrails.stack import Stack, refers
from guardrails.values import any_of, each, items, text

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
    rules = [opening for each_rule in standalone(stack, group) for opening in openings(each_rule, INGRESS)]
    worldly = [opening for opening in [*inline(group, INGRESS), *rules] if opening.to_world()]
    if worldly:
        attached = any_of(_public(stack), lambda balancer: refers(balancer, group, "securityGroups"))
        yield from each(worldly, lambda opening: _judge(opening, options, attached=attached))


def _of_stranger(stack: Stack, rule: Resource, options: Options) -> Iterator[Finding]:
    for opening in openings(rule, INGRESS):
        if opening.to_world():
            attached = any_of(_public(stack), lambda balancer: _lists(balancer, rule))
            yield from _judge(opening, options, attached=attached)


def _lists(balancer: Resource, rule: Resource) -> bool:
    group = text(rule.props, "securityGroupId")
    return any_of(items(balancer.props, "securityGroups"), lambda listed: text(listed) == group)


def _public(stack: Stack) -> list[Resource]:
    return [balancer for balancer in stack.of(types.LOAD_BALANCERS) if is_public_application(balancer)]


def _judge(opening: Opening, options: Options, *, attached: bool) -> Iterator[Finding]:
    ports = ", ".join(f"{port:g}" for port in options.numbers("ports"))
    if not attached:
        yield Finding(
            observed="is open to the whole world but belongs to no public load balancer of this stack",
            expected="a source within the network, or the security group of the caller",
            argument=opening.argument or "cidr_blocks, cidr_ipv4 or cidr_ipv6",
            resource=opening.owner,
        )
    elif not opening.ports_within(options.numbers("ports")):
        yield Finding(
            observed=f"the public load balancer is open to the whole world beyond the ports {ports}",
            expected=f"the ports {ports} alone",
            argument="from_port and to_port",
            resource=opening.owner,
        )


RULE = StackRule(
    id="sg-world-only-alb",
    title="Only the load balancer hears the world",
    description=(
        "Only security groups of the public load balancer may be open to the world, on web ports alone."
    ),
    why="Everything else has its callers inside the network; an open port there is a way around TLS and WAF.",
    fix="Allow the caller's security group instead of 0.0.0.0/0 or ::/0.",
    severity=Severity.HIGH,
    references=("EC2.18", "CKV_AWS_260"),
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
