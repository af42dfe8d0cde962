"""Somebody hears when a target falls ill."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.alarms import watches
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack
from guardrails.resources.values import any_of, each, text
from guardrails.rule import Finding, StackRule

DIMENSION = "TargetGroup"
SICK, WELL = "UnHealthyHostCount", "HealthyHostCount"


def findings(stack: Stack, _options: Options) -> Iterator[Finding]:
    """Each target group without an alarm on how many of its hosts are healthy or unhealthy."""
    yield from each(stack.of(types.TARGET_GROUPS), lambda group: _unwatched(stack, group))


def _unwatched(stack: Stack, group: Resource) -> Iterator[Finding]:
    if text(group.props, "targetType") == "lambda":
        return
    if not any_of(stack.of(types.METRIC_ALARMS), lambda alarm: _rings(alarm, group)):
        yield Finding(
            observed=f"has no alarm on {SICK} or {WELL}",
            expected="an aws.cloudwatch.MetricAlarm with its dimension",
            argument="dimensions of an aws.cloudwatch.MetricAlarm",
            resource=group,
        )


def _rings(alarm: Resource, group: Resource) -> bool:
    """Whether an alarm rings when a host falls ill, or when few are well."""
    return watches(alarm, SICK, DIMENSION, group) or watches(alarm, WELL, DIMENSION, group, low=True)


RULE = StackRule(
    id="alarm-per-target-group",
    title="Alarm on unhealthy targets",
    description="Every target group must have an alarm on its unhealthy or its healthy hosts.",
    why="The load balancer silently routes around unhealthy targets, until the last one is unhealthy.",
    fix="Add a MetricAlarm on UnHealthyHostCount or HealthyHostCount, by the target group's arn_suffix.",
    severity=Severity.MEDIUM,
    topics=("observability", "health", "load-balancing"),
    judges=types.TARGET_GROUPS | types.METRIC_ALARMS,
    findings=findings,
    compliant=(
        Resource(type="aws:lb/targetGroup:TargetGroup", name="api", urn="api"),
        Resource(
            type="aws:cloudwatch/metricAlarm:MetricAlarm",
            name="api-unhealthy",
            props={"metricName": "UnHealthyHostCount"},
            links={"dimensions": ("api",)},
        ),
    ),
    violating=(Resource(type="aws:lb/targetGroup:TargetGroup", name="api"),),
)
