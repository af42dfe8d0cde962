"""The load balancer drops headers that no standard allows."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.balancers import is_application
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block, all_of, flag
from guardrails.rule import Finding, ResourceRule


def findings(balancer: Resource, _options: Options) -> Iterator[Finding]:
    """An application load balancer that passes them on."""
    if all_of(
        lambda: is_application(balancer), lambda: flag(balancer.props, "dropInvalidHeaderFields") is not True
    ):
        yield Finding(
            observed="forwards invalid headers", expected="True", argument="drop_invalid_header_fields"
        )


def remedy(balancer: Resource, options: Options) -> Block | None:
    """Invalid headers dropped."""
    return {"dropInvalidHeaderFields": True} if any(findings(balancer, options)) else None


RULE = ResourceRule(
    id="alb-drop-invalid-headers",
    title="Invalid headers dropped",
    description="An Application Load Balancer must drop invalid header fields.",
    why="Such headers can smuggle one request inside another.",
    fix="Set drop_invalid_header_fields to True.",
    severity=Severity.MEDIUM,
    references=("ELB.4", "CKV_AWS_131"),
    topics=("security", "load-balancing"),
    applies_to=types.LOAD_BALANCERS,
    findings=findings,
    remedy=remedy,
    compliant=(
        Resource(
            type="aws:lb/loadBalancer:LoadBalancer", name="api", props={"dropInvalidHeaderFields": True}
        ),
    ),
    violating=(
        Resource(
            type="aws:lb/loadBalancer:LoadBalancer", name="api", props={"dropInvalidHeaderFields": False}
        ),
    ),
)
