"""What one decision hands to the next; it lies in the table between two looks."""

from dataclasses import dataclass, field
from enum import StrEnum

from handlers.scaler.decision.load.forecast import Errors
from handlers.scaler.decision.load.surges import Surge


class Circuit(StrEnum):
    """A breaker: closed lets everything through, open nothing, half-open one probe."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


CLOSED, OPEN, HALF_OPEN = Circuit.CLOSED, Circuit.OPEN, Circuit.HALF_OPEN
"""Looked up once: a decision asks again and again for the states of its three breakers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Breaker:
    """One breaker, since when it is in its state, and why."""

    circuit: Circuit = CLOSED
    since: float = 0.0
    cause: str = ""

    def opened(self, now: float, cause: str) -> "Breaker":
        """The breaker open from now on; one that is open already keeps its time."""
        return self if self.circuit is OPEN else Breaker(circuit=OPEN, since=now, cause=cause)

    def cooled(self, now: float, after_s: float) -> "Breaker":
        """The breaker, half-open once it was open for long enough."""
        if self.circuit is OPEN and now - self.since >= after_s:
            return Breaker(circuit=HALF_OPEN, since=now, cause=self.cause)
        return self


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """The scaler's own past.

    Attributes:
        capacity: the breaker for launches that AWS does not fulfill.
        fleet: the breaker for instances that have to be replaced again and again.
        spot: the breaker for spot instances; while it is not closed the group launches on-demand ones.
        peaks: (since, instances): that many were worth keeping at most ever since.
        jobs: (since, jobs): that many were queued or in work at most ever since.
        gaps: how often a job came for an instance after which part of a launch's cost.
        errors: how far forecasts of the load were wrong.
        beyond_help: more jobs came than the highest price keeps instances for.
        surge: how much of a rise in arrivals lasts, and the rise that is being watched.
        replaced: times of the replacements within the window.
        launched: (time, instances) asked for within the last minute.
        unfulfilled_since: since when the group has been short of instances without getting any.
        members: how many instances the group had at the last look.
        boot_success: share of boots that succeeded, the recent ones counting most.
        boots: how many successful boots are part of that share.
        last_out: when desired was last raised.
        last_in: when an instance was last drained.
    """

    capacity: Breaker = field(default_factory=Breaker)
    fleet: Breaker = field(default_factory=Breaker)
    spot: Breaker = field(default_factory=Breaker)
    peaks: tuple[tuple[float, int], ...] = ()
    jobs: tuple[tuple[float, int], ...] = ()
    gaps: tuple[float, ...] = ()
    errors: Errors = field(default_factory=Errors)
    beyond_help: bool = False
    surge: Surge = field(default_factory=Surge)
    replaced: tuple[float, ...] = ()
    launched: tuple[tuple[float, int], ...] = ()
    unfulfilled_since: float | None = None
    members: int = 0
    boot_success: float = 1.0
    boots: float = 0.0
    last_out: float | None = None
    last_in: float | None = None
