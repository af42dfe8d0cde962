"""A group behind a load balancer believes the load balancer about health."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails import types
from guardrails.options import Options
from guardrails.rule import Finding, Resource, ResourceRule
from guardrails.values import Block, items, text

# What makes a group a target, and what its health check type must then include.
LATTICE, BALANCER = "VPC_LATTICE", "ELB"


def findings(group: Resource, _options: Options) -> Iterator[Finding]:
    """A group that is a target but judges by instance status alone."""
    kinds = {kind.strip().upper() for kind in text(group.props, "healthCheckType").split(",")}
    if BALANCER in kinds:
        return
    wanted = _wanted(group)
    if wanted and wanted not in kinds:
        stated = text(group.props, "healthCheckType")
        yield Finding(
            observed=f"is a load balancer's target but judges health by {stated or 'instance status'} alone",
            expected=f'"{wanted}"',
            argument="health_check_type",
        )


def _wanted(group: Resource) -> str:
    if items(group.props, "targetGroupArns") or items(group.props, "loadBalancers"):
        return BALANCER
    sources = items(group.props, "trafficSources")
    if sources and all(text(source, "type") == "vpc-lattice" for source in sources):
        return LATTICE
    return BALANCER if sources else ""


def remedy(group: Resource, options: Options) -> Block | None:
    """The load balancer's judgement."""
    return {"healthCheckType": BALANCER} if any(findings(group, options)) else None


RULE = ResourceRule(
    id="asg-elb-health-check",
    title="Load balancer health for groups",
    description=(
        "An Auto Scaling group that is a load balancer's target must use the load balancer's health check."
    ),
    why="Otherwise an instance that answers nobody stays in service as long as its machine runs.",
    fix='Set health_check_type to "ELB".',
    severity=Severity.HIGH,
    references=("AutoScaling.1", "CKV2_AWS_15", "AS2"),
    topics=("health", "auto-scaling"),
    applies_to=types.GROUPS,
    findings=findings,
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
