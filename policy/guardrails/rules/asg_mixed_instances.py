"""A fleet may choose among several instance types."""

from collections.abc import Iterator

from pulumi_policy import EnforcementLevel, Severity

from guardrails.aws import types
from guardrails.aws.groups import overrides
from guardrails.options import Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import present, text, unknown
from guardrails.rule import Finding, ResourceRule

OPTIONS = (Option(name="minimum", default=2, description="The fewest instance types to choose from."),)


def findings(group: Resource, options: Options) -> Iterator[Finding]:
    """A choice that is too small; requirements instead of types are a choice."""
    wishes = overrides(group)
    if any(present(wish, "instanceRequirements") for wish in wishes):
        return
    choice = sum(unknown(wish, "instanceType") for wish in wishes)
    choice += len({text(wish, "instanceType") for wish in wishes if not unknown(wish, "instanceType")} - {""})
    if choice < options.number("minimum"):
        yield Finding(
            observed=f"may choose among {choice} overriding instance type{'' if choice == 1 else 's'}",
            expected=f"at least {options.number('minimum'):g}",
            argument="mixed_instances_policy.launch_template.overrides",
        )


RULE = ResourceRule(
    id="asg-mixed-instances",
    title="Mixed instances",
    description="An Auto Scaling group should choose among several instance types.",
    why="Spot capacity of one type runs out in minutes; a second type keeps the fleet growing.",
    fix="Use a mixed_instances_policy with several overrides or with instance requirements.",
    severity=Severity.LOW,
    references=("AutoScaling.6",),
    topics=("availability", "cost", "auto-scaling"),
    level=EnforcementLevel.ADVISORY,
    applies_to=types.GROUPS,
    options=OPTIONS,
    findings=findings,
    compliant=(
        Resource(
            type="aws:autoscaling/group:Group",
            name="fleet",
            props={
                "mixedInstancesPolicy": {
                    "launchTemplate": {
                        "overrides": [{"instanceType": "c6i.large"}, {"instanceType": "c7i.large"}]
                    }
                }
            },
        ),
    ),
    violating=(
        Resource(
            type="aws:autoscaling/group:Group",
            name="fleet",
            props={
                "mixedInstancesPolicy": {"launchTemplate": {"overrides": [{"instanceType": "c6i.large"}]}}
            },
        ),
    ),
)
