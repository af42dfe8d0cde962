"""One resource of a stack, as rules see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from guardrails.resources.values import Block


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource as a rule sees it: inputs for a resource rule, outputs for a stack rule."""

    type: str
    name: str
    urn: str = ""
    props: Block = field(default_factory=dict)
    protected: bool = False
    ignored: tuple[str, ...] = ()
    links: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
