"""Auto Scaling groups and their launch templates: the parts that several rules look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from functools import partial

from guardrails.aws import types
from guardrails.aws.tags import propagated, propagates, specified, union
from guardrails.options import Option
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack, unset
from guardrails.resources.values import Block, Value, at, each, items, present, text, unknown

# The types from which the tags of a group's instances come.
ORIGINS = types.GROUPS | types.GROUP_TAGS | types.LAUNCH_TEMPLATES
SOURCES = ("launchTemplate", "mixedInstancesPolicy")
FAMILIES = Option(
    name="families",
    default=[
        *("c6i", "c6a", "c7i", "c7a", "m6i", "m6a", "m7i", "m7a", "r6i", "r7i"),
        *("t3", "t4g", "c7g", "m7g", "g4dn", "g5", "g6"),
    ],
    description="The instance families that may be launched.",
)
WILDCARDS = frozenset("*?[")


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


def overrides(group: Resource) -> list[Value]:
    """The instance types, or other wishes, that a mixed-instances policy lists."""
    return items(group.props, "mixedInstancesPolicy", "launchTemplate", "overrides")


def template_references(group: Resource) -> list[tuple[str, Callable[[], Value]]]:
    """Each place where a group may name a launch template: the argument, and how to read it."""
    mixed = "mixed_instances_policy.launch_template"
    places: list[tuple[str, Callable[[], Value]]] = [
        ("launch_template", lambda: at(group.props, "launchTemplate")),
        (
            f"{mixed}.launch_template_specification",
            lambda: at(group.props, "mixedInstancesPolicy", "launchTemplate", "launchTemplateSpecification"),
        ),
    ]
    if unknown(group.props, "mixedInstancesPolicy", "launchTemplate", "overrides"):
        places.append((f"{mixed}.overrides", lambda: overrides(group)))
    else:
        places += [
            (f"{mixed}.overrides[{index}].launch_template_specification", _of_override(override))
            for index, override in enumerate(overrides(group))
        ]
    return places


def _of_override(override: Value) -> Callable[[], Value]:
    return lambda: at(override, "launchTemplateSpecification")


def instance_types(holder: Value) -> Iterator[str]:
    """The instance types, also with wildcards, that a template or an override allows; `*` for any."""
    stated = text(holder, "instanceType")
    if stated:
        yield stated.lower()
    if present(holder, "instanceRequirements"):
        allowed = items(holder, "instanceRequirements", "allowedInstanceTypes")
        if not allowed:
            yield "*"
        yield from each(allowed, _type)


def _type(instance_type: Value) -> Iterator[str]:
    yield text(instance_type).lower()


def unlisted_types(holder: Value, families: tuple[str, ...]) -> Iterator[str]:
    """The instance types whose family is not among the allowed ones."""
    for instance_type in instance_types(holder):
        family = instance_type.split(".", 1)[0]
        if WILDCARDS & set(family) or not any(fnmatchcase(family, allowed) for allowed in families):
            yield instance_type
