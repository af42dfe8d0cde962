"""What happens on a local stack, told to whoever shows or records it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, kw_only=True)
class StackEvent:
    """One thing that happened: where, of which kind, and in words."""

    source: str
    kind: str
    detail: str
    data: Mapping[str, object] = field(default_factory=dict)
    at: float = field(default_factory=time.time)


Tell: TypeAlias = Callable[[StackEvent], None]


def ignored_event(_: StackEvent) -> None:
    """Nobody listens."""
