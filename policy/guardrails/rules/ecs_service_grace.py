"""Tasks behind a load balancer get time to start before they are judged."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import all_of, items, number
from guardrails.rule import Finding, ResourceRule


def findings(service: Resource, _options: Options) -> Iterator[Finding]:
    """A service with load balancers and without a grace period."""
    if all_of(
        lambda: bool(items(service.props, "loadBalancers")),
        lambda: not (number(service.props, "healthCheckGracePeriodSeconds") or 0) > 0,
    ):
        yield Finding(
            observed="has load balancers and no grace period for starting tasks",
            expected="more than 0 seconds",
            argument="health_check_grace_period_seconds",
        )


RULE = ResourceRule(
    id="ecs-service-grace",
    title="Service grace period",
    description="A load-balanced ECS service must state a health check grace period.",
    why="Without one a task that starts slower than the health check is replaced forever.",
    fix="Set health_check_grace_period_seconds to the start-up time plus a margin.",
    severity=Severity.MEDIUM,
    topics=("health", "ecs"),
    applies_to=types.SERVICES,
    findings=findings,
    compliant=(
        Resource(
            type="aws:ecs/service:Service",
            name="job-server",
            props={"loadBalancers": [{"containerName": "server"}], "healthCheckGracePeriodSeconds": 60},
        ),
    ),
    violating=(
        Resource(
            type="aws:ecs/service:Service",
            name="job-server",
            props={"loadBalancers": [{"containerName": "server"}]},
        ),
    ),
)
