"""The tags of a group stand on the group."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack
from guardrails.resources.values import each
from guardrails.rule import Finding, StackRule


def findings(stack: Stack, _options: Options) -> Iterator[Finding]:
    """Each tag resource for a group of this stack."""
    yield from each(stack.of(types.GROUP_TAGS), lambda tag: _beside(stack, tag))


def _beside(stack: Stack, tag: Resource) -> Iterator[Finding]:
    for group in stack.referred(tag, types.GROUPS, "autoscalingGroupName"):
        yield Finding(
            observed=f"tags the group {group.name} from outside",
            expected="the tag among the tags of the group",
            argument="tags of the aws.autoscaling.Group",
            resource=tag,
        )


RULE = StackRule(
    id="asg-tag-not-standalone",
    title="No standalone group tags",
    description="An Auto Scaling group of this stack must not be tagged by a resource of its own.",
    why="The group and the tag resource take turns in removing each other's tags.",
    fix="Move the tag into the tags of the group.",
    severity=Severity.LOW,
    topics=("drift", "tags", "auto-scaling"),
    judges=types.GROUP_TAGS | types.GROUPS,
    findings=findings,
    compliant=(
        Resource(type="aws:autoscaling/group:Group", name="fleet", urn="fleet"),
        Resource(
            type="aws:autoscaling/tag:Tag",
            name="other",
            props={"autoscalingGroupName": "somebody-elses-group"},
        ),
    ),
    violating=(
        Resource(type="aws:autoscaling/group:Group", name="fleet", urn="fleet"),
        Resource(type="aws:autoscaling/tag:Tag", name="extra", links={"autoscalingGroupName": ("fleet",)}),
    ),
)
