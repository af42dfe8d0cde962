"""Buckets together with the resources that configure them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from guardrails.aws.tags import tagged
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack, unset
from guardrails.resources.values import all_of, any_of, text


def beside(stack: Stack, bucket: Resource, kinds: frozenset[str]) -> list[Resource]:
    """The resources of these types that configure the bucket."""
    return stack.referring(kinds, bucket, "bucket")


def every(holders: list[Resource], test: Callable[[Resource], bool]) -> bool:
    """Whether there is one at all and each passes: of several for one bucket the last deployed would hold."""
    return bool(holders) and all_of(*(partial(test, holder) for holder in holders))


def own(bucket: Resource, *keys: str) -> list[str]:
    """Those of the keys, in the older form of the configuration, that the bucket itself states."""
    return [key for key in keys if not unset(bucket, key)]


def wholly(resources: list[str]) -> bool:
    """Whether resources of a bucket's policy are the bucket itself and all objects in it.

    Names are not compared: S3 refuses a policy that names another bucket.
    """
    parts = [resource.rpartition(":::")[2].partition("/") for resource in resources]
    itself = any(not slash for _, slash, _ in parts)
    return itself and any(key == "*" if slash else name.endswith("*") for name, slash, key in parts)


def is_output(bucket: Resource, tags: tuple[str, ...], words: tuple[str, ...]) -> bool:
    """Whether finished work lies here: by the tag Component, or by a word in its name."""
    if any(word in bucket.name.lower() for word in words):
        return True
    names = [key for key in ("bucket", "bucketPrefix") if not unset(bucket, key)]
    if any_of(names, lambda key: any(word in text(bucket.props, key).lower() for word in words)):
        return True
    return tagged(bucket, "Component", tags)
