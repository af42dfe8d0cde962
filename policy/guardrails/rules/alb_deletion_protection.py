"""Nobody deletes the entrance by mistake."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import flag
from guardrails.rule import Finding, ResourceRule


def findings(balancer: Resource, _options: Options) -> Iterator[Finding]:
    """A load balancer that a single call deletes."""
    if flag(balancer.props, "enableDeletionProtection") is not True:
        yield Finding(
            observed="may be deleted by a single call", expected="True", argument="enable_deletion_protection"
        )


RULE = ResourceRule(
    id="alb-deletion-protection",
    title="Deletion protection",
    description="A load balancer must be protected from deletion.",
    why="Customers' programs call its address; a new load balancer has a new one.",
    fix="Set enable_deletion_protection to True.",
    severity=Severity.MEDIUM,
    references=("ELB.6", "CKV_AWS_150"),
    topics=("availability", "load-balancing"),
    applies_to=types.LOAD_BALANCERS,
    findings=findings,
    compliant=(
        Resource(
            type="aws:lb/loadBalancer:LoadBalancer", name="api", props={"enableDeletionProtection": True}
        ),
    ),
    violating=(Resource(type="aws:lb/loadBalancer:LoadBalancer", name="api", props={"internal": False}),),
)
