"""A group behind an ECS capacity provider declares the tag that ECS puts on it."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.tags import listed, union
from guardrails.options import Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack
from guardrails.resources.values import each
from guardrails.rule import Finding, StackRule

OPTIONS = (Option(name="key", default="AmazonECSManaged", description="The key of the tag that ECS adds."),)


def findings(stack: Stack, options: Options) -> Iterator[Finding]:
    """Each group of a capacity provider without the tag."""
    yield from each(stack.of(types.CAPACITY_PROVIDERS), lambda provider: _of(stack, provider, options))


def _of(stack: Stack, provider: Resource, options: Options) -> Iterator[Finding]:
    key = str(options.value("key"))
    for group in stack.referred(provider, types.GROUPS, "autoScalingGroupProvider", "autoScalingGroupArn"):
        if key not in union(listed(group)):
            yield Finding(
                observed=f"serves the capacity provider {provider.name} but does not declare the tag {key}",
                expected="the tag with propagate_at_launch=True",
                argument="tags",
                resource=group,
            )


RULE = StackRule(
    id="asg-ecs-managed-tag",
    title="ECS managed tag",
    description="A group behind an ECS capacity provider must declare the tag AmazonECSManaged.",
    why="ECS adds the tag; a group that does not declare it removes it with each deployment.",
    fix="Add a tag with the key AmazonECSManaged and propagate_at_launch=True to the group.",
    severity=Severity.MEDIUM,
    topics=("drift", "tags", "ecs", "auto-scaling"),
    judges=types.CAPACITY_PROVIDERS | types.GROUPS,
    options=OPTIONS,
    findings=findings,
    compliant=(
        Resource(
            type="aws:autoscaling/group:Group",
            name="hosts",
            urn="hosts",
            props={"tags": [{"key": "AmazonECSManaged", "value": "true", "propagateAtLaunch": True}]},
        ),
        Resource(
            type="aws:ecs/capacityProvider:CapacityProvider",
            name="hosts",
            links={"autoScalingGroupProvider": ("hosts",)},
        ),
    ),
    violating=(
        Resource(type="aws:autoscaling/group:Group", name="hosts", urn="hosts"),
        Resource(
            type="aws:ecs/capacityProvider:CapacityProvider",
            name="hosts",
            links={"autoScalingGroupProvider": ("hosts",)},
        ),
    ),
)
