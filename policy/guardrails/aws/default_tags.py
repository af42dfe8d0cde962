"""The tags that a provider adds by itself, where a resource does not show them."""

from __future__ import annotations

from dataclasses import replace

from guardrails.aws import types
from guardrails.resources.documents import parsed
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block, Value, block, unknown


def with_default_tags(resource: Resource, provider: Block | None) -> Resource:
    """The resource with the tags that it ends up with, its own before those of its provider.

    The provider's Check states them as `tagsAll`, but leaves the whole unknown where one value is, and an
    offline check has no Check.
    """
    stated = resource.props.get("tagsAll")
    if provider is None or resource.type not in types.TAGGABLE or not _open(stated):
        return resource
    own = resource.props.get("tags")
    if unknown(provider, "defaultTags") or not isinstance(own, dict | None):
        return resource
    defaults = block(parsed(provider, "defaultTags"))
    if unknown(defaults, "tags"):
        return resource
    return replace(
        resource, props={**resource.props, "tagsAll": {**block(parsed(defaults, "tags")), **(own or {})}}
    )


def _open(value: Value) -> bool:
    return value is None or unknown(value)
