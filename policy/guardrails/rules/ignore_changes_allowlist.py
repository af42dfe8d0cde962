"""A program ignores changes only where somebody else owns the value."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.options import Option, Options
from guardrails.resources.ignored import within
from guardrails.resources.resource import Resource
from guardrails.resources.values import items, text
from guardrails.rule import Finding, ResourceRule

OPTIONS = (
    Option(
        name="allowed",
        default={
            "aws:autoscaling/group:Group": [
                "desiredCapacity",
                "initialLifecycleHooks",
                "mixedInstancesPolicy.instancesDistribution.onDemandPercentageAboveBaseCapacity",
            ],
            "aws:ecs/service:Service": ["desiredCount"],
        },
        description="The paths that may be ignored, by resource type.",
    ),
)


def findings(resource: Resource, options: Options) -> Iterator[Finding]:
    """Each ignored path that is not on the list."""
    allowed = [text(path) for path in items(options.block("allowed"), resource.type)]
    for path in resource.ignored:
        if not any(within(path, listed) for listed in allowed):
            yield Finding(
                observed=f"ignores changes of {path}",
                expected=f"only {', '.join(allowed)} to be ignored" if allowed else "no change to be ignored",
                argument="ignore_changes",
            )


RULE = ResourceRule(
    id="ignore-changes-allowlist",
    title="Ignored changes",
    description="Only listed properties may be in ignore_changes.",
    why="What is ignored drifts without a word; each case needs an owner outside the program.",
    fix=(
        "Remove the path from ignore_changes, or add it to the list in the level file with a reviewed change."
    ),
    severity=Severity.MEDIUM,
    topics=("drift",),
    applies_to=None,
    options=OPTIONS,
    findings=findings,
    compliant=(Resource(type="aws:autoscaling/group:Group", name="fleet", ignored=("desiredCapacity",)),),
    violating=(Resource(type="aws:autoscaling/group:Group", name="fleet", ignored=("tags",)),),
)
