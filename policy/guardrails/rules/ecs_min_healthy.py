"""The service answers during a deployment and when a task dies."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Option, Options
from guardrails.resources.ignored import ignores
from guardrails.resources.resource import Resource
from guardrails.resources.values import in_turn, number, text
from guardrails.rule import Finding, ResourceRule

OPTIONS = (
    Option(
        name="minimumHealthyPercent",
        default=100,
        description="How much of the service stays up in a deployment.",
    ),
    Option(name="minimumDesired", default=2, description="The fewest tasks."),
)


def findings(service: Resource, options: Options) -> Iterator[Finding]:
    """Too few tasks during a deployment, or at all."""
    yield from in_turn(_healthy(service, options), _desired(service, options))


def _healthy(service: Resource, options: Options) -> Iterator[Finding]:
    share = number(service.props, "deploymentMinimumHealthyPercent")
    if share is not None and share < options.number("minimumHealthyPercent"):
        yield Finding(
            observed=f"keeps only {share:g} % of its tasks during a deployment",
            expected=f"at least {options.number('minimumHealthyPercent'):g}",
            argument="deployment_minimum_healthy_percent",
        )


def _desired(service: Resource, options: Options) -> Iterator[Finding]:
    if text(service.props, "schedulingStrategy") == "DAEMON":
        return
    desired = number(service.props, "desiredCount")
    if desired is None and ignores(service, "desiredCount"):
        return
    if desired is None or desired < options.number("minimumDesired"):
        yield Finding(
            observed="states no desired_count" if desired is None else f"runs {desired:g} tasks",
            expected=f"at least {options.number('minimumDesired'):g}",
            argument="desired_count",
        )


RULE = ResourceRule(
    id="ecs-min-healthy",
    title="Enough tasks",
    description="An ECS service must run at least two tasks and keep them during deployments.",
    why="With one task each deployment and each failure of a host is an outage.",
    fix="Set desired_count to 2 or more and deployment_minimum_healthy_percent to 100.",
    severity=Severity.MEDIUM,
    topics=("availability", "ecs"),
    applies_to=types.SERVICES,
    options=OPTIONS,
    findings=findings,
    compliant=(
        Resource(
            type="aws:ecs/service:Service",
            name="job-server",
            props={"desiredCount": 2, "deploymentMinimumHealthyPercent": 100},
        ),
    ),
    violating=(
        Resource(
            type="aws:ecs/service:Service",
            name="job-server",
            props={"desiredCount": 1, "deploymentMinimumHealthyPercent": 50},
        ),
    ),
)
