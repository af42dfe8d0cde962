"""The load balancer refuses ambiguous requests and stands in several zones."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.balancers import is_application
from guardrails.options import Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block, in_turn, items, text, unknown
from guardrails.rule import Finding, ResourceRule

OPTIONS = (
    Option(
        name="modes", default=["defensive", "strictest"], description="The accepted desync mitigation modes."
    ),
    Option(name="minimumSubnets", default=2, description="The fewest subnets."),
)


def findings(balancer: Resource, options: Options) -> Iterator[Finding]:
    """A lax mode, or too few subnets."""
    yield from in_turn(_lax(balancer, options), _narrow(balancer, options))


def _lax(balancer: Resource, options: Options) -> Iterator[Finding]:
    mode = text(balancer.props, "desyncMitigationMode")
    if mode and mode not in options.texts("modes") and is_application(balancer):
        yield Finding(
            observed=f"treats ambiguous requests in the mode {mode}",
            expected=" or ".join(options.texts("modes")),
            argument="desync_mitigation_mode",
        )


def _narrow(balancer: Resource, options: Options) -> Iterator[Finding]:
    places = max(_count(balancer, "subnets"), _count(balancer, "subnetMappings"))
    if places < options.number("minimumSubnets"):
        yield Finding(
            observed=f"has {places} subnet{'' if places == 1 else 's'}",
            expected=f"at least {options.number('minimumSubnets'):g} in different zones",
            argument="subnets",
        )


def _count(balancer: Resource, key: str) -> int:
    places = [each.get("subnetId") if isinstance(each, dict) else each for each in items(balancer.props, key)]
    return sum(unknown(place) for place in places) + len({text(p) for p in places if not unknown(p)} - {""})


def remedy(balancer: Resource, options: Options) -> Block | None:
    """The defensive mode; subnets are left to people."""
    return {"desyncMitigationMode": "defensive"} if any(_lax(balancer, options)) else None


RULE = ResourceRule(
    id="alb-desync-and-az",
    title="Desync mitigation and zones",
    description="A load balancer must mitigate desync attacks and span at least two zones.",
    why="Attackers send requests that two parsers read differently; a single zone fails sooner or later.",
    fix='Set desync_mitigation_mode to "defensive" or "strictest" and pass subnets of two zones.',
    severity=Severity.MEDIUM,
    references=("ELB.12", "ELB.13", "CKV_AWS_328"),
    topics=("security", "availability", "load-balancing"),
    applies_to=types.LOAD_BALANCERS,
    options=OPTIONS,
    findings=findings,
    remedy=remedy,
    compliant=(
        Resource(
            type="aws:lb/loadBalancer:LoadBalancer",
            name="api",
            props={"desyncMitigationMode": "defensive", "subnets": ["subnet-a", "subnet-b"]},
        ),
    ),
    violating=(
        Resource(
            type="aws:lb/loadBalancer:LoadBalancer",
            name="api",
            props={"desyncMitigationMode": "monitor", "subnets": ["subnet-a"]},
        ),
    ),
)
