"""A group behind a load balancer believes the load balancer about health."""

from collections.abc import Callable, Iterator
from functools import partial

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack, without_unset
from guardrails.resources.values import Block, Value, any_of, at, items, text
from guardrails.rule import Finding, ResourceRule

# What makes a group a target, and what its health check type must then include.
LATTICE, BALANCER = "VPC_LATTICE", "ELB"
PLACES = ("targetGroupArns", "loadBalancers")


def findings(group: Resource, _options: Options) -> Iterator[Finding]:
    """A group that is a target but judges by instance status alone."""
    yield from _unheard(group, _wanted)


def joined(stack: Stack, group: Resource, _options: Options) -> Iterator[Finding]:
    """A group that is made a target by a resource beside it."""
    attached = stack.referring(types.GROUP_ATTACHMENTS, group, "autoscalingGroupName")
    settled = without_unset(group, "healthCheckType", *PLACES, "trafficSources")
    if attached and not _wanted(settled):
        yield from _unheard(settled, lambda _group: _by(attached))


def _unheard(group: Resource, wanted_by: Callable[[Resource], str]) -> Iterator[Finding]:
    kinds = {kind.strip().upper() for kind in text(group.props, "healthCheckType").split(",")}
    if BALANCER in kinds:
        return
    wanted = wanted_by(group)
    if wanted and wanted not in kinds:
        stated = text(group.props, "healthCheckType")
        yield Finding(
            observed=f"is a load balancer's target but checks only {stated or 'instance status'}",
            expected=f'"{wanted}"',
            argument="health_check_type",
            resource=group,
        )


def _wanted(group: Resource) -> str:
    ways: list[Callable[[], bool]] = [
        *(partial(_listed, group, place) for place in PLACES),
        lambda: any_of(items(group.props, "trafficSources"), _is_balancer),
    ]
    if any_of(ways, lambda way: way()):
        return BALANCER
    return LATTICE if items(group.props, "trafficSources") else ""


def _listed(group: Resource, place: str) -> bool:
    return bool(items(group.props, place))


def _is_balancer(source: Value) -> bool:
    return text(source, "type") != "vpc-lattice"


def _by(attached: list[Resource]) -> str:
    sources = (at(attachment.props, "trafficSource") for attachment in attached)
    return BALANCER if any_of(sources, _is_balancer) else LATTICE


def remedy(group: Resource, options: Options) -> Block | None:
    """The load balancer's judgement."""
    return {"healthCheckType": BALANCER} if any(findings(group, options)) else None


RULE = ResourceRule(
    id="asg-elb-health-check",
    title="Load balancer health for groups",
    description=(
        "An Auto Scaling group that is a load balancer's target must use the load balancer's health check."
    ),
    why="Otherwise an instance that does not answer stays in service as long as its machine runs.",
    fix='Set health_check_type to "ELB".',
    severity=Severity.HIGH,
    references=("AutoScaling.1", "CKV2_AWS_15"),
    topics=("health", "auto-scaling"),
    applies_to=types.GROUPS,
    findings=findings,
    joined=joined,
    joins=types.GROUP_ATTACHMENTS,
    remedy=remedy,
    compliant=(
        Resource(
            type="aws:autoscaling/group:Group",
            name="fleet",
            props={
                "targetGroupArns": ["arn:aws:elasticloadbalancing:::targetgroup/api"],
                "healthCheckType": "ELB",
            },
        ),
    ),
    violating=(
        Resource(
            type="aws:autoscaling/group:Group",
            name="fleet",
            props={
                "targetGroupArns": ["arn:aws:elasticloadbalancing:::targetgroup/api"],
                "healthCheckType": "EC2",
            },
        ),
    ),
)
