"""The resources of a program as a tree of components, with counts by type."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence

from cli.preview.program import UNKNOWN
from cli.preview.provider_check import SECRET_SIGNATURE
from cli.preview.registered import Registered

HIDDEN = "[secret]"
LATER = "[known after the deployment]"


def as_text(resources: Sequence[Registered]) -> str:
    """The tree, then the counts."""
    known = {resource.urn for resource in resources}
    roots = [resource for resource in resources if resource.parent not in known]
    lines = [line for root in roots for line in _branch(root, resources, 0)]
    counts = Counter(resource.type for resource in resources if resource.custom)
    total = (
        f"{counts.total()} resources of {len(counts)} types in {len(resources) - counts.total()} components"
    )
    listed = [f"{count:4}  {kind}" for kind, count in sorted(counts.items(), key=lambda it: (-it[1], it[0]))]
    return "".join(f"{line}\n" for line in [*lines, "", *listed, "", total])


def _branch(resource: Registered, resources: Sequence[Registered], depth: int) -> Iterator[str]:
    marks = [" protected"] if resource.protect else []
    marks += [f" ignores {', '.join(resource.ignore_changes)}"] if resource.ignore_changes else []
    yield f"{'  ' * depth}{resource.name}  {resource.type}{''.join(marks)}"
    for child in resources:
        if child.parent == resource.urn:
            yield from _branch(child, resources, depth + 1)


def as_json(resources: Sequence[Registered]) -> str:
    """The resources with their inputs; secrets are not shown."""
    rows = [
        {
            "urn": resource.urn,
            "type": resource.type,
            "name": resource.name,
            "parent": resource.parent,
            "protect": resource.protect,
            "ignoreChanges": list(resource.ignore_changes),
            "inputs": _shown(resource.inputs),
            "dependencies": {key: list(urns) for key, urns in resource.property_dependencies.items()},
        }
        for resource in resources
    ]
    return json.dumps(rows, indent=2) + "\n"


def _shown(value: object) -> object:
    if value == UNKNOWN:
        return LATER
    if isinstance(value, dict):
        return (
            HIDDEN
            if SECRET_SIGNATURE in value.values()
            else {key: _shown(each) for key, each in value.items()}
        )
    if isinstance(value, list):
        return [_shown(each) for each in value]
    return value
