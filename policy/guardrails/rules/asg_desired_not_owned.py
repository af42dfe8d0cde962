"""A group that an external scaler sizes leaves its desired capacity to that scaler."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Option, Options
from guardrails.resources.ignored import ignores
from guardrails.resources.resource import Resource
from guardrails.resources.values import present
from guardrails.rule import Finding, ResourceRule

SCALED_HERE = Option(
    name="scaledByProgram",
    default=[],
    description="Logical names (globs) of groups that no external scaler sizes.",
)


def findings(group: Resource, options: Options) -> Iterator[Finding]:
    """A desired capacity that each deployment would write back, whatever it will be."""
    if any(fnmatchcase(group.name, glob) for glob in options.texts("scaledByProgram")):
        return
    if ignores(group, "desiredCapacity"):
        return
    if present(group.props, "desiredCapacity"):
        yield Finding(
            observed="sets desired_capacity, which the scaler owns",
            expected='no desired_capacity, or "desiredCapacity" in ignore_changes',
            argument="desired_capacity",
        )


RULE = ResourceRule(
    id="asg-desired-not-owned",
    title="Desired capacity belongs to the scaler",
    description="A group sized by an external scaler must not state a desired capacity itself.",
    why="Two owners of one number: a deployment in the middle of a burst would end rendering instances.",
    fix='Leave desired_capacity out and add ignore_changes=["desiredCapacity"].',
    severity=Severity.HIGH,
    topics=("drift", "auto-scaling"),
    applies_to=types.GROUPS,
    options=(SCALED_HERE,),
    findings=findings,
    compliant=(Resource(type="aws:autoscaling/group:Group", name="fleet", props={"maxSize": 10}),),
    violating=(
        Resource(
            type="aws:autoscaling/group:Group", name="fleet", props={"maxSize": 10, "desiredCapacity": 3}
        ),
    ),
)
