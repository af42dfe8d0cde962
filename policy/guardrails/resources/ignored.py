"""Paths in `ignore_changes`, which come in camelCase or as a program spelled them."""

import re

from guardrails.resources.resource import Resource


def camel(path: str) -> str:
    """The path in camelCase."""
    return re.sub(r"_([a-z])", lambda match: match.group(1).upper(), path)


def ignores(resource: Resource, path: str) -> bool:
    """Whether changes of the property are ignored, by its name or by a star."""
    return any(camel(ignored) in {path, "*"} for ignored in resource.ignored)
