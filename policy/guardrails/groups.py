"""Auto Scaling groups together with their launch templates."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from guardrails import types
from guardrails.rule import Resource
from guardrails.stack import Stack, unset
from guardrails.tags import propagated, propagates, specified, union
from guardrails.values import Block, at, each, present

# The types from which the tags of a group's instances come.
ORIGINS = types.GROUPS | types.GROUP_TAGS | types.LAUNCH_TEMPLATES
SOURCES = ("launchTemplate", "mixedInstancesPolicy")


def templates(stack: Stack, group: Resource) -> list[Resource]:
    """The launch templates of this stack that a group names."""
    found: dict[str, Resource] = {}
    for source in SOURCES:
        if not unset(group, source):
            for template in stack.referred(group, types.LAUNCH_TEMPLATES, source):
                found[template.urn or template.name] = template
    return list(found.values())


def handed_on(stack: Stack, group: Resource) -> Block:
    """The tags that instances get from the group: its own, and those of tag resources beside it."""
    beside = stack.referring(types.GROUP_TAGS, group, "autoscalingGroupName")
    return {**union(partial(propagates, at(tag.props, "tag")) for tag in beside), **union(propagated(group))}


def template_elsewhere(stack: Stack, group: Resource) -> bool:
    """Whether a group launches from a template that is not in this stack, so that its tags are not seen."""
    stated = any(present(group.props, source) and not unset(group, source) for source in SOURCES)
    return stated and not templates(stack, group)


def variants(stack: Stack, group: Resource) -> list[tuple[Block, Block]]:
    """The tags of the instances by origin, template and group, for each template that a group may use."""
    own = handed_on(stack, group)
    named = templates(stack, group)
    return [(union(specified(template, "instance")), own) for template in named] or [({}, own)]


def effective(template: Block, group: Block) -> Block:
    """The tags that an instance ends up with: on a key that both have, the group's wins."""
    return {
        **template,
        **{key: value for key, value in group.items() if present(value) or key not in template},
    }


def conflicts(template: Block, group: Block) -> Iterator[str]:
    """The keys for which template and group say different things; raises only then what is unknown."""
    return each([key for key in group if key in template], partial(_contradicted, template, group))


def _contradicted(template: Block, group: Block, key: str) -> Iterator[str]:
    if at(template, key) != at(group, key):
        yield key
