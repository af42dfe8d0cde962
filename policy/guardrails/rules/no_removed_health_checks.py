"""What a stack cannot do without is still there: deletions are invisible to every other rule."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack
from guardrails.resources.values import number
from guardrails.rule import Finding, StackRule

ALIKE = (types.TARGET_GROUPS, types.LOAD_BALANCERS, types.LISTENERS, types.BUCKETS)

OPTIONS = (
    Option(
        name="minimums",
        default={},
        like={"aws:ecs/service:Service": 1},
        description="The fewest resources of each type that the stack must have; none unless stated.",
    ),
)


def findings(stack: Stack, options: Options) -> Iterator[Finding]:
    """Each type of which too few are left."""
    for kind, wanted in options.block("minimums").items():
        names = next((alike for alike in ALIKE if kind in alike), frozenset({kind}))
        left, least = stack.count(names), number(wanted) or 0
        if left < least:
            yield Finding(
                observed=f"has {left} of {kind}",
                expected=f"at least {least:g}, as the levels of this stack state",
                argument="minimums in the level file",
            )


RULE = StackRule(
    id="no-removed-health-checks",
    title="Nothing essential is missing",
    description="A stack must keep what its levels say that it cannot do without.",
    why="Policies see what is there; only a count notices that a health check or an alarm was deleted.",
    fix="Bring the resource back, or change the minimum in the level file with a reviewed change.",
    severity=Severity.MEDIUM,
    topics=("drift", "health"),
    judges=types.GROUPS | types.SERVICES | types.TARGET_GROUPS | types.METRIC_ALARMS,
    options=OPTIONS,
    findings=findings,
    compliant=(
        Resource(type="aws:autoscaling/group:Group", name="fleet"),
        Resource(type="aws:ecs/service:Service", name="job-server"),
        Resource(type="aws:alb/targetGroup:TargetGroup", name="job-server"),
        Resource(type="aws:cloudwatch/metricAlarm:MetricAlarm", name="job-server-down"),
    ),
    violating=(Resource(type="aws:autoscaling/group:Group", name="fleet"),),
    violating_options={
        "minimums": {"aws:ecs/service:Service": 1, "aws:cloudwatch/metricAlarm:MetricAlarm": 1}
    },
)
