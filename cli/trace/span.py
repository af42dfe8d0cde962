"""A span of OpenTelemetry. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from cli.trace.conventions import Kind, Status

Attribute: TypeAlias = str | int | float | bool
SHORTEST_S = 0.001
"""Of what is known by one instant only."""


@dataclass(frozen=True, kw_only=True)
class SpanEvent:
    """An instant within a span."""

    at: float
    name: str
    attributes: Mapping[str, Attribute] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Link:
    """A span that led to this one, across a queue or in another trace."""

    trace_id: str
    span_id: str


@dataclass(frozen=True, kw_only=True)
class Span:
    """One operation of one service; times are seconds since the epoch.

    `key` names it within its trace; `parent` is the key of the span that it is part of, None for the first.
    """

    trace_id: str
    key: str
    parent: str | None = "request"
    service: str
    name: str
    kind: Kind
    began: float
    ended: float
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    events: tuple[SpanEvent, ...] = ()
    links: tuple[Link, ...] = ()
    error: str | None = None

    @property
    def span_id(self) -> str:
        """Its id: the same fact has the same id whenever the trace is made."""
        return span_id(self.trace_id, self.key)

    @property
    def parent_id(self) -> str | None:
        """The id of its parent."""
        return None if self.parent is None else span_id(self.trace_id, self.parent)

    @property
    def status(self) -> Status:
        """Whether it failed."""
        return Status.UNSET if self.error is None else Status.ERROR

    @property
    def seconds(self) -> float:
        """How long it took."""
        return max(SHORTEST_S, self.ended - self.began)


def span_id(trace_id: str, key: str) -> str:
    """The id of the span of this key."""
    return hashlib.sha256(f"{trace_id}/{key}".encode()).hexdigest()[:16]
