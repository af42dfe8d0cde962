"""Launch templates and groups: the parts of them that several rules look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase

from guardrails.options import Option
from guardrails.rule import Resource
from guardrails.values import Block, Value, at, block, each, items, present, text, unknown

FAMILIES = Option(
    name="families",
    default=[
        *("c6i", "c6a", "c7i", "c7a", "m6i", "m6a", "m7i", "m7a", "r6i", "r7i"),
        *("t3", "t4g", "c7g", "m7g", "g4dn", "g5", "g6"),
    ],
    description="The instance families that may be launched.",
)
WILDCARDS = frozenset("*?[")


def ebs_mappings(template: Resource) -> list[tuple[str, Value]]:
    """The EBS part of each block device mapping that has one, by device name."""
    mappings = items(template.props, "blockDeviceMappings")
    return [
        (_device(mapping), _ebs(mapping))
        for mapping in mappings
        if unknown(mapping) or (isinstance(mapping, dict) and mapping.get("ebs") is not None)
    ]


def _device(mapping: Value) -> str:
    return "?" if unknown(mapping, "deviceName") else text(mapping, "deviceName")


def _ebs(mapping: Value) -> Value:
    return mapping.get("ebs") if isinstance(mapping, dict) else mapping


def with_ebs(template: Resource, change: Callable[[Block], Block]) -> Block | None:
    """The block device mappings with each EBS part changed, None when nothing changes."""
    mappings = items(template.props, "blockDeviceMappings")
    changed: list[Value] = []
    for mapping in mappings:
        if isinstance(mapping, dict) and mapping.get("ebs") is not None:
            changed.append({**mapping, "ebs": {**block(mapping, "ebs"), **change(block(mapping, "ebs"))}})
        else:
            changed.append(mapping)
    return {"blockDeviceMappings": changed} if changed != mappings else None


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
