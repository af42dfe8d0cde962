"""The resources of a stack and how they refer to each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from pulumi_policy import PolicyResource
from pulumi_policy.proxy import UnknownValueError

from guardrails.resources.resource import Resource
from guardrails.resources.values import Step, Unknown, Value, any_of, at, plain, text, unknown

Levels: TypeAlias = Mapping[str, Mapping[str, object]]
# Outputs by which other resources refer to one.
NAMES = ("name", "bucket")
IDENTITIES = ("id", "arn", "name", "bucket", "url", "arnSuffix", "qualifiedArn")
# What makes its outputs itself, or takes them from another stack, so that they lead to nothing else here.
ORIGINS = ("aws:", "pulumi:pulumi:StackReference")
# The parts of a function's ARN up to its name.
UNQUALIFIED = 7


def of_sdk(resource: PolicyResource) -> Resource:
    """The SDK's resource as rules see it."""
    props = plain(resource.props)
    return Resource(
        type=resource.resource_type,
        name=resource.name,
        urn=resource.urn,
        props=props if isinstance(props, dict) else {},
        protected=bool(resource.opts.protect),
        ignored=tuple(resource.opts.ignore_changes),
        links={key: tuple(each.urn for each in to) for key, to in resource.property_dependencies.items()},
    )


class Stack:
    """All resources that a stack rule may look at."""

    def __init__(
        self,
        resources: Iterable[Resource],
        judged: frozenset[str] = frozenset(),
        stated: Levels | None = None,
    ) -> None:
        self.resources: tuple[Resource, ...] = tuple(resources)
        # Levels and options by rule, as they are configured for this stack.
        self.stated: Levels = stated or {}
        self._judged = judged

    def count(self, kinds: frozenset[str]) -> int:
        """How many resources of these types there are."""
        return sum(resource.type in kinds for resource in self.resources)

    def of(self, *kinds: frozenset[str]) -> list[Resource]:
        """The resources of these types, which must be among those that the rule says it judges."""
        if self._judged and not all(kind <= self._judged for kind in kinds):
            raise LookupError("the rule reads types that it does not list in judges")
        return [resource for resource in self.resources if any(resource.type in kind for kind in kinds)]

    def referring(self, kinds: frozenset[str], target: Resource, *path: Step) -> list[Resource]:
        """The resources of these types whose property points at the target; raises when one only might."""
        found: list[Resource] = []
        doubt: UnknownValueError | None = None
        for candidate in self.of(kinds):
            try:
                if refers(candidate, target, *path):
                    found.append(candidate)
            except UnknownValueError as error:
                doubt = doubt or error
        if doubt and not found:
            raise doubt
        return found

    def referred(self, source: Resource, kinds: frozenset[str], *path: Step) -> list[Resource]:
        """The resources of these types that a property points at; raises when one only might."""
        found: list[Resource] = []
        doubt: UnknownValueError | None = None
        for candidate in self.of(kinds):
            try:
                if refers(source, candidate, *path):
                    found.append(candidate)
            except UnknownValueError as error:
                doubt = doubt or error
        if doubt and not found:
            raise doubt
        return found


def refers(source: Resource, target: Resource, *path: Step) -> bool:
    """Whether a property points at the target: by a recorded dependency, else by its id, ARN or name.

    Raises when the value is unknown and no dependency says where it comes from, and when it is no identity
    of the target that is known while its name is not. A component, or a random name, passes values on and so
    says nothing of where they lead.
    """
    links = source.links.get(str(path[0]), ())
    if target.urn and target.urn in links:
        return _may_lead(source, target, links, path)
    traced = bool(links) and not any(_relays(link) for link in links)
    if traced and unknown(source.props, *path):
        return False
    leaves = _leaves(at(source.props, *path))
    mentions = [leaf for leaf in leaves if leaf and not (traced and isinstance(leaf, Unknown))]
    if any_of(mentions, lambda mention: _names(text(mention), target)):
        return True
    for name in NAMES if mentions else ():
        at(target.props, name)
    return False


def _may_lead(source: Resource, target: Resource, links: Sequence[str], path: tuple[Step, ...]) -> bool:
    """Whether a dependency of a whole property is one of the value deep in it."""
    if len(path) == 1 or path[0] not in source.props or unknown(source.props, *path):
        return True
    value = at(source.props, *path)
    if isinstance(value, str) and len(links) > 1 and {"id", "arn", "arnSuffix"} & set(identified(target)):
        return _names(value, target)
    return value is not None


def kind_in(urn: str) -> str:
    """The type in a URN, without those of its parents; empty for what is no URN."""
    return "".join(urn.split("::")[2:3]).rpartition("$")[2]


def _relays(urn: str) -> bool:
    kind = kind_in(urn)
    return bool(kind) and not kind.startswith(ORIGINS)


def _leaves(value: Value) -> Iterator[str | Unknown]:
    if isinstance(value, str | Unknown):
        yield value
    elif isinstance(value, list | dict):
        for element in value.values() if isinstance(value, dict) else value:
            yield from _leaves(element)


def _names(mention: str, target: Resource) -> bool:
    if ":function:" in mention:
        mention = ":".join(mention.split(":")[:UNQUALIFIED])  # without the version or alias of a function
    for identity in identities(target):
        if mention == identity:
            return True
        if mention.startswith("arn:") and mention.endswith((f":{identity}", f"/{identity}")):
            return True
        if "/" in mention and identity.startswith("arn:") and identity.endswith(f":{mention}"):
            return True
    return False


def identities(resource: Resource) -> Sequence[str]:
    """The known texts by which others may refer to a resource."""
    values = list(identified(resource).values())
    if all(resource.props.get(key) is None for key in NAMES):
        values.append(resource.name)  # nothing but the logical name is known, and it may be what is meant
    return values


def identified(resource: Resource) -> dict[str, str]:
    """The outputs of a resource by which others may refer to it, as far as they are known."""
    found = {key: resource.props.get(key) for key in IDENTITIES}
    return {key: value for key, value in found.items() if isinstance(value, str) and value}


def unset(resource: Resource, key: str) -> bool:
    """Whether a program leaves a property out; in a preview such a one is unknown and depends on nothing."""
    if resource.links.get(key):
        return False
    value = resource.props.get(key)
    return value is None or isinstance(value, Unknown)


def without_unset(resource: Resource, *keys: str) -> Resource:
    """The resource without those of the properties that the program leaves out."""
    kept = {
        key: value for key, value in resource.props.items() if key not in keys or not unset(resource, key)
    }
    return replace(resource, props=kept)
