"""Property paths in `ignore_changes`, in each spelling: `tags.Owner`, `tags["Owner"]`, `["tags"]`."""

from __future__ import annotations

import re

from guardrails.resources.resource import Resource

# A step in brackets, quoted or an index, or a plain one up to the next dot or bracket.
STEP = re.compile(r"""\[\s*"((?:[^"\\]|\\.)*)"\s*\]|\[\s*'([^']*)'\s*\]|\[\s*([^\]\s]*)\s*\]|\.?([^.\[]+)""")


def steps(path: str) -> tuple[str, ...]:
    """The steps of a path; the first, the name of a property, in camelCase as a provider spells it."""
    found = tuple(next(part for part in match if part is not None) for match in _matches(path))
    return (camel(found[0]), *found[1:]) if found else ()


def _matches(path: str) -> list[tuple[str | None, ...]]:
    return [match.groups() for match in STEP.finditer(path.strip())]


def camel(path: str) -> str:
    """The name in camelCase."""
    return re.sub(r"_([a-z])", lambda match: match.group(1).upper(), path)


def ignores(resource: Resource, path: str) -> bool:
    """Whether changes of the property are ignored, by its name or by a star."""
    return any(steps(ignored) in {steps(path), ("*",)} for ignored in resource.ignored)


def within(path: str, allowed: str) -> bool:
    """Whether a path is the allowed one or lies within it."""
    wanted = steps(allowed)
    return steps(path)[: len(wanted)] == wanted
