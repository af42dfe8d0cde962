"""Buckets together with the resources that configure them."""

from __future__ import annotations

from guardrails.rule import Resource
from guardrails.stack import Stack, unset
from guardrails.tags import tagged
from guardrails.values import any_of, text


def beside(stack: Stack, bucket: Resource, kinds: frozenset[str]) -> list[Resource]:
    """The resources of these types that configure the bucket."""
    return stack.referring(kinds, bucket, "bucket")


def own(bucket: Resource, *keys: str) -> list[str]:
    """Those of the keys, in the older form of the configuration, that the bucket itself states."""
    return [key for key in keys if not unset(bucket, key)]


def reach(bucket: Resource) -> tuple[str, ...]:
    """What a policy must reach, the bucket and what is in it, as both end an ARN; nothing without a name."""
    name = text(bucket.props, "bucket")
    return (name, f"{name}/object") if name else ()


def is_output(bucket: Resource, tags: tuple[str, ...], words: tuple[str, ...]) -> bool:
    """Whether finished work lies here: by the tag Component, or by a word in its name."""
    if any(word in bucket.name.lower() for word in words):
        return True
    names = [key for key in ("bucket", "bucketPrefix") if not unset(bucket, key)]
    if any_of(names, lambda key: any(word in text(bucket.props, key).lower() for word in words)):
        return True
    return tagged(bucket, "Component", tags)
