"""Events of a local stack, reported to a display or a recorder."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, kw_only=True)
class StackEvent:
    """One event: its source, its kind and its text."""

    source: str
    kind: str
    detail: str
    data: Mapping[str, object] = field(default_factory=dict)
    at: float = field(default_factory=time.time)


Tell: TypeAlias = Callable[[StackEvent], None]


def ignored_event(_: StackEvent) -> None:
    """Nobody listens."""
