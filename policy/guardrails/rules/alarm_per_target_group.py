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
METRIC = "UnHealthyHostCount"


def findings(stack: Stack, _options: Options) -> Iterator[Finding]:
    """Each target group without an alarm on its unhealthy hosts."""
    yield from each(stack.of(types.TARGET_GROUPS), lambda group: _unwatched(stack, group))


def _unwatched(stack: Stack, group: Resource) -> Iterator[Finding]:
    if text(group.props, "targetType") == "lambda":
        return
    if not any_of(stack.of(types.METRIC_ALARMS), lambda alarm: watches(alarm, METRIC, DIMENSION, group)):
        yield Finding(
            observed=f"has no alarm on {METRIC}",
            expected="an aws.cloudwatch.MetricAlarm with its dimension",
            argument="dimensions of an aws.cloudwatch.MetricAlarm",
            resource=group,
        )


RULE = StackRule(
    id="alarm-per-target-group",
    title="Alarm on unhealthy targets",
    description="Every target group must have an alarm on its unhealthy hosts.",
    why="The load balancer silently routes around unhealthy targets, until the last one is unhealthy.",
    fix="Add a MetricAlarm on UnHealthyHostCount with the target group's arn_suffix as dimension.",
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
