"""An association by tag applies to instances that this stack really has."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.groups import ORIGINS, effective, template_elsewhere, variants
from guardrails.aws.tags import carried, union
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack, refers
from guardrails.resources.values import Block, Value, any_of, each, items, text
from guardrails.rule import Finding, StackRule

# Added by EC2 Auto Scaling to every instance of a group.
GROUP_NAME_TAG = "aws:autoscaling:groupName"


def findings(stack: Stack, _options: Options) -> Iterator[Finding]:
    """Each association whose tag targets nothing can satisfy."""
    yield from each(stack.of(types.ASSOCIATIONS), lambda association: _of(stack, association))


def _of(stack: Stack, association: Resource) -> Iterator[Finding]:
    targets = [target for target in items(association.props, "targets") if _by_tag(target)]
    if not targets:
        return
    machines = [*stack.of(types.GROUPS), *stack.of(types.INSTANCES)]
    if not any_of(machines, lambda machine: _all_met(stack, machine, association, targets)):
        named = ", ".join(sorted({text(target, "key").removeprefix("tag:") for target in targets}))
        yield Finding(
            observed=f"targets tags ({named}) that no instance of this stack has together",
            expected="the tags that the launch template and the group give to instances",
            argument="targets",
            resource=association,
        )


def _by_tag(target: Value) -> bool:
    return text(target, "key").startswith("tag:") or text(target, "key") == "tag-key"


def _all_met(stack: Stack, machine: Resource, association: Resource, targets: list[Value]) -> bool:
    if machine.type in types.INSTANCES:
        choices = [union(carried(machine))]
    else:
        choices = [effective(*variant) for variant in variants(stack, machine)]
        if template_elsewhere(stack, machine):
            own = choices[0]
            unseen = [target for target in targets if _could_be_templates(target, own)]
            targets = [target for target in targets if target not in unseen]
    return any(all(_met(machine, association, tags, target) for target in targets) for tags in choices)


def _could_be_templates(target: Value, own: Block) -> bool:
    """Whether a template that is not in the stack may satisfy the target; what the group says wins."""
    key = text(target, "key")
    return key == "tag-key" or (key != f"tag:{GROUP_NAME_TAG}" and key.removeprefix("tag:") not in own)


def _met(machine: Resource, association: Resource, tags: Block, target: Value) -> bool:
    key = text(target, "key")
    if key == "tag-key":
        return any_of(items(target, "values"), lambda value: text(value) in {*tags, GROUP_NAME_TAG})
    key = key.removeprefix("tag:")
    if key == GROUP_NAME_TAG:
        return refers(association, machine, "targets")
    return key in tags and any_of(items(target, "values"), lambda value: text(value) == text(tags, key))


RULE = StackRule(
    id="ssm-association-target-matches",
    title="Associations reach instances",
    description="Every tag target of an SSM association must be met by instances of this stack.",
    why="An association whose target matches nothing reports success and bootstraps nobody.",
    fix="Target a tag that the launch template or the group gives to its instances, with the same value.",
    severity=Severity.HIGH,
    topics=("ssm", "tags"),
    judges=types.ASSOCIATIONS | types.INSTANCES | ORIGINS,
    findings=findings,
    compliant=(
        Resource(
            type="aws:autoscaling/group:Group",
            name="fleet",
            props={"tags": [{"key": "Fleet", "value": "cpu", "propagateAtLaunch": True}]},
        ),
        Resource(
            type="aws:ssm/association:Association",
            name="bootstrap",
            props={"targets": [{"key": "tag:Fleet", "values": ["cpu"]}]},
        ),
    ),
    violating=(
        Resource(
            type="aws:autoscaling/group:Group",
            name="fleet",
            props={"tags": [{"key": "Fleet", "value": "cpu", "propagateAtLaunch": False}]},
        ),
        Resource(
            type="aws:ssm/association:Association",
            name="bootstrap",
            props={"targets": [{"key": "tag:Fleet", "values": ["cpu"]}]},
        ),
    ),
)
