"""What an instance ends up with, from its template and its group together, covers the required tags."""

from collections.abc import Iterator
from functools import partial

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.groups import ORIGINS, conflicts, effective, template_elsewhere, variants
from guardrails.aws.tags import REQUIRED_KEYS, missing
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack
from guardrails.resources.values import Block, each
from guardrails.rule import Finding, StackRule


def findings(stack: Stack, options: Options) -> Iterator[Finding]:
    """Each group whose instances lack tags, or whose template and group contradict each other."""
    yield from each(stack.of(types.GROUPS), lambda group: _of_group(stack, group, options))


def _of_group(stack: Stack, group: Resource, options: Options) -> Iterator[Finding]:
    keys = () if template_elsewhere(stack, group) else options.texts("keys")
    yield from each(variants(stack, group), partial(_of_variant, group, keys))


def _of_variant(group: Resource, keys: tuple[str, ...], origins: tuple[Block, Block]) -> Iterator[Finding]:
    template, own = origins
    absent = missing(effective(template, own), keys)
    if absent:
        yield Finding(
            observed=f"its instances end up without {', '.join(absent)}",
            expected=f"{', '.join(keys)} from the launch template or propagated by the group",
            argument="tags",
            resource=group,
        )
    for key in conflicts(template, own):
        yield Finding(
            observed=f"template and group give different values to the tag {key}",
            expected="one value; the group's wins",
            argument="tags",
            resource=group,
        )


RULE = StackRule(
    id="instance-effective-tags",
    title="Effective tags of instances",
    description=(
        "Launch template and group together must give instances the required tags, without contradiction."
    ),
    why="SSM finds the instances of a fleet by their effective tags alone.",
    fix="State the tags in the template and propagate the same values from the group.",
    severity=Severity.HIGH,
    topics=("tags", "auto-scaling", "launch-template"),
    judges=ORIGINS,
    options=(REQUIRED_KEYS,),
    findings=findings,
    compliant=(
        Resource(
            type="aws:ec2/launchTemplate:LaunchTemplate",
            name="worker",
            urn="worker",
            props={
                "tagSpecifications": [
                    {
                        "resourceType": "instance",
                        "tags": {
                            "Project": "clip-it",
                            "Environment": "dev",
                            "Owner": "video",
                            "ManagedBy": "pulumi",
                        },
                    }
                ]
            },
        ),
        Resource(
            type="aws:autoscaling/group:Group",
            name="fleet",
            props={"tags": [{"key": "Component", "value": "render-fleet", "propagateAtLaunch": True}]},
            links={"launchTemplate": ("worker",)},
        ),
    ),
    violating=(
        Resource(
            type="aws:autoscaling/group:Group",
            name="fleet",
            props={"tags": [{"key": "Component", "value": "render-fleet", "propagateAtLaunch": True}]},
        ),
    ),
)
