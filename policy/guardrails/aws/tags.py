"""Tags in each of the forms in which resources carry them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from pulumi_policy.proxy import UnknownValueError

from guardrails.options import Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block, Value, at, block, flag, items, present, text, unknown
from guardrails.rule import Finding

REQUIRED_KEYS = Option(
    name="keys",
    default=["Project", "Environment", "Component", "Owner", "ManagedBy"],
    description="The tag keys that must be there with a value.",
)
FILL_IN = Option(
    name="fillIn",
    default={
        "Project": "{project}",
        "Environment": "{stack}",
        "Component": "unassigned",
        "Owner": "unassigned",
        "ManagedBy": "pulumi",
    },
    description=(
        "The values that a remediation writes for missing keys, with {project} and {stack} filled in; a key "
        "without one is left to people."
    ),
)


def missing(tags: Block, keys: tuple[str, ...]) -> list[str]:
    """The keys that have no value; an empty value is none, a value left to the deployment is one."""
    return [key for key in keys if not present(tags, key)]


def lacking(parts: Iterable[Callable[[], Block]], keys: tuple[str, ...]) -> list[str]:
    """The keys that no part has; raises only when a key is missing and a part is unknown."""
    tags: Block = {}
    doubt: UnknownValueError | None = None
    for part in parts:
        try:
            tags |= {key: value for key, value in part().items() if present(value)}
        except UnknownValueError as error:
            doubt = doubt or error
    absent = missing(tags, keys)
    if absent and doubt:
        raise doubt
    return absent


def refused(tag: Value) -> bool:
    """Whether an entry of a group's tags says that its key has no value or goes to no instance."""
    if not unknown(tag, "value") and not present(tag, "value"):
        return True
    return not unknown(tag, "propagateAtLaunch") and not flag(tag, "propagateAtLaunch")


def absences(
    parts: Iterable[Callable[[], Block]],
    keys: tuple[str, ...],
    given_up: Callable[[str], bool],
    tell: Callable[[list[str]], Finding],
) -> Iterator[Finding]:
    """The finding on the keys that no part has; behind an unknown part only on those given up anyway."""
    doubt: UnknownValueError | None = None
    try:
        absent = lacking(parts, keys)
    except UnknownValueError as error:
        absent, doubt = [key for key in keys if given_up(key)], error
    if absent:
        yield tell(absent)
    if doubt:
        raise doubt


def union(parts: Iterable[Callable[[], Block]]) -> Block:
    """All tags of the parts, the later ones winning."""
    tags: Block = {}
    for part in parts:
        tags |= part()
    return tags


def carried(resource: Resource) -> list[Callable[[], Block]]:
    """The tags of a resource: explicit ones, and those merged in from the provider's default tags."""
    return [partial(_mapping_or_list, resource, "tagsAll"), partial(_mapping_or_list, resource, "tags")]


def _mapping_or_list(resource: Resource, holder: str) -> Block:
    found = at(resource.props, holder)
    if isinstance(found, list):
        return union(partial(_own, tag) for tag in found)
    return found if isinstance(found, dict) else {}


def _own(tag: Value) -> Block:
    key = text(tag, "key")
    return {key: tag.get("value")} if key and isinstance(tag, dict) else {}


def specified(template: Resource, kind: str) -> list[Callable[[], Block]]:
    """The tags that a launch template gives to what it launches, `instance` or `volume`."""
    return [
        partial(_of_kind, specification, kind) for specification in items(template.props, "tagSpecifications")
    ]


def _of_kind(specification: Value, kind: str) -> Block:
    return block(specification, "tags") if text(specification, "resourceType") == kind else {}


def propagated(group: Resource) -> list[Callable[[], Block]]:
    """The tags that a group gives to its instances."""
    return [partial(propagates, tag) for tag in items(group.props, "tags")]


def propagates(tag: Value) -> Block:
    """What one tag of a group gives to instances."""
    return _own(tag) if flag(tag, "propagateAtLaunch") else {}


def listed(group: Resource) -> list[Callable[[], Block]]:
    """The tags of a group, handed on or not."""
    return [partial(_own, tag) for tag in items(group.props, "tags")]


def specification_findings(template: Resource, kind: str, keys: tuple[str, ...]) -> Iterator[Finding]:
    """What is missing among the tags that a launch template gives to instances or volumes."""
    absent = lacking(specified(template, kind), keys)
    if absent:
        yield Finding(
            observed=f"the tag specification for `{kind}` lacks {', '.join(absent)}",
            expected=f"{', '.join(keys)} with values on every {kind}",
            argument="tag_specifications",
        )


def specification_remedy(template: Resource, kind: str, options: Options) -> Block | None:
    """The tag specifications with missing tags filled in."""
    absent = fillable(template, lacking(specified(template, kind), options.texts("keys")), options)
    if not absent:
        return None
    specifications = list(items(template.props, "tagSpecifications"))
    for index, specification in enumerate(specifications):
        if isinstance(specification, dict) and text(specification, "resourceType") == kind:
            tags: Block = {**block(specification, "tags"), **absent}
            specifications[index] = {**specification, "tags": tags}
            return {"tagSpecifications": specifications}
    return {"tagSpecifications": [*specifications, {"resourceType": kind, "tags": absent}]}


def fillable(resource: Resource, keys: list[str], options: Options) -> Block:
    """The configured values for these keys, where there are any, with the names of project and stack."""
    values = options.block("fillIn")
    filled = {key: _filled(text(values, key), resource.urn) for key in keys if present(values, key)}
    return {key: value for key, value in filled.items() if value}


def _filled(value: str, urn: str) -> str:
    """The value, nothing where it names a project or stack that the URN does not tell."""
    head, *parts = urn.split("::")
    stack = head.removeprefix("urn:pulumi:")
    names = {"{project}": parts[0] if parts else "", "{stack}": stack if parts else ""}
    for placeholder, name in names.items():
        if placeholder in value:
            value = value.replace(placeholder, name) if name else ""
    return value


def tagged(resource: Resource, key: str, accepted: Iterable[str]) -> bool:
    """Whether a resource carries the tag with one of the values; raises when only the deployment knows."""
    wanted = set(accepted)
    doubt: UnknownValueError | None = None
    for part in reversed(carried(resource)):
        try:
            value = text(part(), key)
        except UnknownValueError as error:
            doubt = doubt or error
            continue
        if value:
            return value in wanted
    if doubt:
        raise doubt
    return False
