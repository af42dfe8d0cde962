"""An Auto Scaling group says how it judges the health of its instances."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import present
from guardrails.rule import Finding, ResourceRule


def findings(group: Resource, _options: Options) -> Iterator[Finding]:
    """A health check type that nobody stated."""
    if not present(group.props, "healthCheckType"):
        yield Finding(
            observed="states no health check type",
            expected='"EC2", or "ELB" behind a load balancer',
            argument="health_check_type",
        )


RULE = ResourceRule(
    id="asg-health-check-explicit",
    title="Explicit group health check",
    description="An Auto Scaling group must state its health check type.",
    why="Without it the API's default applies, and no diff shows when that changes.",
    fix='Set health_check_type to "EC2" or "ELB".',
    severity=Severity.MEDIUM,
    topics=("health", "auto-scaling"),
    applies_to=types.GROUPS,
    findings=findings,
    compliant=(Resource(type="aws:autoscaling/group:Group", name="fleet", props={"healthCheckType": "EC2"}),),
    violating=(Resource(type="aws:autoscaling/group:Group", name="fleet", props={"minSize": 1}),),
)
