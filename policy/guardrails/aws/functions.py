"""Lambda functions: which one scales, and who consumes which queue."""

from __future__ import annotations

from collections.abc import Callable

from guardrails.aws import types
from guardrails.aws.tags import tagged
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack, refers
from guardrails.resources.values import any_of, number, text

# What Lambda does when a function does not say.
DEFAULT_TIMEOUT = 3.0


def is_scaler(function: Resource) -> bool:
    """Whether a function is a scaler: by its tag, or by a name that ends so."""
    if function.name.lower().endswith("scaler"):
        return True
    tests: list[Callable[[], bool]] = [
        lambda: text(function.props, "name").lower().endswith("scaler"),
        lambda: tagged(function, "Component", ["scaler"]),
    ]
    return any_of(tests, lambda test: test())


def timeout(function: Resource) -> float:
    """How long one invocation may take."""
    seconds = number(function.props, "timeout")
    return DEFAULT_TIMEOUT if seconds is None else seconds


def consumers(stack: Stack, queue: Resource) -> list[Resource]:
    """The functions that an event source mapping feeds from the queue, by themselves or by an alias."""
    found: list[Resource] = []
    for mapping in stack.referring(types.EVENT_SOURCES, queue, "eventSourceArn"):
        found += stack.referred(mapping, types.FUNCTIONS, "functionName")
        for alias in _aliases(stack, mapping):
            found += stack.referred(alias, types.FUNCTIONS, "functionName")
    return found


def sources(stack: Stack, function: Resource) -> list[Resource]:
    """The event source mappings that feed a function, by itself or by an alias."""
    found = stack.referring(types.EVENT_SOURCES, function, "functionName")
    for mapping in stack.of(types.EVENT_SOURCES):
        if any(refers(alias, function, "functionName") for alias in _aliases(stack, mapping)):
            found.append(mapping)
    return found


def _aliases(stack: Stack, mapping: Resource) -> list[Resource]:
    # An ARN that is known names the function too; only a dependency leads through the alias.
    links = mapping.links.get("functionName", ())
    return [alias for alias in stack.of(types.FUNCTION_ALIASES) if alias.urn in links]
