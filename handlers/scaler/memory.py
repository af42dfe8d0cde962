"""What one decision hands to the next; it lies in the table between two looks."""

from dataclasses import dataclass, field
from enum import StrEnum


class Circuit(StrEnum):
    """A breaker: closed lets everything through, open nothing, half-open one probe."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, kw_only=True, slots=True)
class Breaker:
    """One breaker, since when it is in its state, and why."""

    circuit: Circuit = Circuit.CLOSED
    since: float = 0.0
    cause: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """The scaler's own past.

    Attributes:
        capacity: the breaker for launches that AWS does not fulfil.
        fleet: the breaker for instances that have to be replaced again and again.
        surplus: (time, instances beyond the need) of the recent looks, oldest first.
        replaced: times of the replacements within the window.
        launched: (time, instances) asked for within the last minute.
        unfulfilled_since: since when the group has fewer instances than it should.
        last_out: when desired was last raised.
        last_in: when an instance was last drained.
    """

    capacity: Breaker = field(default_factory=Breaker)
    fleet: Breaker = field(default_factory=Breaker)
    surplus: tuple[tuple[float, int], ...] = ()
    replaced: tuple[float, ...] = ()
    launched: tuple[tuple[float, int], ...] = ()
    unfulfilled_since: float | None = None
    last_out: float | None = None
    last_in: float | None = None
