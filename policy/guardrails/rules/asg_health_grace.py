"""New instances get the time to boot, and no more, before they are judged."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import number
from guardrails.rule import Finding, ResourceRule

# Seconds that the provider states where a program does not (aws_autoscaling_group).
UNSTATED = 300.0
OPTIONS = (
    Option(name="minimumSeconds", default=60, description="The shortest grace period."),
    Option(name="maximumSeconds", default=1800, description="The longest grace period."),
    Option(
        name="bootBudgetSeconds", default=60, description="How long an instance may take until it is healthy."
    ),
)


def findings(group: Resource, options: Options) -> Iterator[Finding]:
    """A grace period outside the bounds."""
    stated = number(group.props, "healthCheckGracePeriod")
    grace = UNSTATED if stated is None else stated
    low = max(options.number("minimumSeconds"), options.number("bootBudgetSeconds"))
    high = options.number("maximumSeconds")
    if not low <= grace <= high:
        yield Finding(
            observed=f"the grace period is {grace:g} s",
            expected=f"{low:g} to {high:g} s",
            argument="health_check_grace_period",
        )


RULE = ResourceRule(
    id="asg-health-grace",
    title="Health check grace period",
    description="An Auto Scaling group must give new instances a sensible grace period.",
    why="Too short, and instances are replaced while they boot, forever; too long, and broken ones stay.",
    fix="Set health_check_grace_period to the boot time of the fleet plus a margin.",
    severity=Severity.MEDIUM,
    topics=("health", "auto-scaling"),
    applies_to=types.GROUPS,
    options=OPTIONS,
    findings=findings,
    compliant=(
        Resource(type="aws:autoscaling/group:Group", name="fleet", props={"healthCheckGracePeriod": 300}),
    ),
    violating=(
        Resource(type="aws:autoscaling/group:Group", name="fleet", props={"healthCheckGracePeriod": 0}),
    ),
)
