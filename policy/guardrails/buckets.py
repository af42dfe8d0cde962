"""Buckets together with the resources that configure them."""

from __future__ import annotations

from guardrails.rule import Resource
from guardrails.stack import Stack, unset
from guardrails.tags import tagged
from guardrails.values import any_of, text, unknown


def beside(stack: Stack, bucket: Resource, kinds: frozenset[str]) -> list[Resource]:
    """The resources of these types that configure the bucket."""
    return stack.referring(kinds, bucket, "bucket")


def stated(bucket: Resource, key: str) -> bool:
    """Whether the bucket itself states something, in the older form."""
    return not unset(bucket, key) and not unknown(bucket.props, key)


def is_output(bucket: Resource, tags: tuple[str, ...], words: tuple[str, ...]) -> bool:
    """Whether finished work lies here: by the tag Component, or by a word in its name."""
    if any(word in bucket.name.lower() for word in words):
        return True
    names = [key for key in ("bucket", "bucketPrefix") if not unset(bucket, key)]
    if any_of(names, lambda key: any(word in text(bucket.props, key).lower() for word in words)):
        return True
    return tagged(bucket, "Component", tags)
