"""Secrets that a program generates: what depends on one for its text holds it in plain."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack
from guardrails.resources.values import unknown

# Their outputs are the secret itself, in one form or another.
GENERATORS = frozenset({"random:index/randomPassword:RandomPassword", "aws:iam/accessKey:AccessKey"})


def generated(stack: Stack, holder: Resource, *properties: str) -> Iterator[Resource]:
    """The resources whose secret goes into a property of which some part is not known yet."""
    links = {urn for key in properties for urn in holder.links.get(key, ()) if _open(holder, key)}
    yield from (source for source in stack.of(GENERATORS) if source.urn in links)


def _open(holder: Resource, key: str) -> bool:
    """Whether something in the property is left to the deployment; what is known, the text itself shows."""
    waiting = [holder.props.get(key)] if key in holder.props else []
    while waiting:
        value = waiting.pop()
        if unknown(value):
            return True
        if isinstance(value, dict | list):
            waiting += value.values() if isinstance(value, dict) else value
    return key not in holder.props
