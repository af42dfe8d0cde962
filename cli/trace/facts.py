"""What is known of a render, from whom. Times are seconds since the epoch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from handlers.jobs.model import DeliveryAttempt, Job, JobEvent

Field: TypeAlias = "str | int | float | bool | list[Field] | dict[str, Field] | None"


LARGEST_NUMBER = 1e15
"""An instance writes the lines of its agent, and may write any number into them."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A log line: `room` under handlers/ wrote it."""

    at: float
    room: str
    event: str
    fields: Mapping[str, Field] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """A field as text; None without it."""
        value = self.fields.get(name)
        return None if value is None else str(value)

    def number(self, name: str) -> float | None:
        """A field that is a number; None without it, and for one beyond any that a handler writes."""
        value = self.fields.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return float(value) if abs(value) <= LARGEST_NUMBER else None


@dataclass(frozen=True, kw_only=True)
class ScalerDecision:
    """A decision of the fleet's scaler while the render waited."""

    at: float
    before: int | None
    desired: int
    queued: int
    code: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Launch:
    """A scaling activity about one instance."""

    instance: str
    began: float
    ended: float | None
    description: str
    status: str
    cause: str

    @property
    def launching(self) -> bool:
        """It is a launch, and not an end."""
        return self.description.startswith("Launching")


@dataclass(frozen=True, kw_only=True)
class AssociationStatus:
    """The last run of an association on an instance."""

    instance: str
    name: str
    at: float
    status: str
    summary: str


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A stored object: a video, an engine's log, an association's output; `words` are its last lines."""

    at: float
    what: str
    key: str
    size: int
    words: str | None = None


@dataclass(frozen=True, kw_only=True)
class Unread:
    """A source that could not be read, and why."""

    what: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that was found about one render."""

    job: Job
    events: tuple[JobEvent, ...]
    deliveries: tuple[DeliveryAttempt, ...] = ()
    decisions: tuple[ScalerDecision, ...] = ()
    lines: tuple[Line, ...] = ()
    launches: tuple[Launch, ...] = ()
    associations: tuple[AssociationStatus, ...] = ()
    stored: tuple[Stored, ...] = ()
    unread: tuple[Unread, ...] = ()
    read_at: float = 0.0
    """When this was read; a wait that goes on has lasted until then."""
    calls: tuple[str, ...] = ()
    """The calls that it took, as actions of IAM."""
    scanned_bytes: float = 0.0
    """How much of the logs its queries have read, which AWS charges for."""

    def of(self, room: str, *events: str) -> tuple[Line, ...]:
        """The lines of a room, of these events or of all, in the order of time."""
        return tuple(
            line for line in self.lines if line.room == room and (not events or line.event in events)
        )
