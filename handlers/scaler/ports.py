"""What the scaler needs from the world, in its own words."""

from dataclasses import dataclass, field
from typing import Protocol

from handlers.scaler.decision import Decision
from handlers.scaler.decision.demand import Need
from handlers.scaler.decision.history import History, News
from handlers.scaler.decision.memory import Memory
from handlers.scaler.decision.snapshot import Snapshot
from handlers.scaler.recent_waits import RecentWaits


class StaleCopyError(Exception):
    """Another copy of the scaler has decided since this one looked; nothing was done."""


class BlindLookError(Exception):
    """A part of the fleet could not be seen; capacity was added as needed, nothing was taken away."""


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A decision as it is shown to people afterwards."""

    at: float
    before: int
    desired: int
    queued: int
    code: str
    reason: str
    need: Need


@dataclass(frozen=True, kw_only=True)
class State:
    """What lies in the table between two looks; `version` 0 means nothing yet.

    Attributes:
        version: counts the decisions; the fence against a second copy.
        batches: the news that are part of the history already, the latest first.
        history: what was observed.
        memory: what the last decision asked to remember.
        taken_at: when it was taken.
        recent: the last decisions as they are shown to people.
        waits: how long renders have waited lately, as customers see it.
        lost: parts that were written by other code and cannot be read; they are reset.
        cached: it was remembered from the previous pass and cost no call.
    """

    version: int = 0
    batches: tuple[str, ...] = ()
    history: History = field(default_factory=History)
    memory: Memory = field(default_factory=Memory)
    taken_at: float | None = None
    recent: tuple[Taken, ...] = ()
    waits: RecentWaits = field(default_factory=RecentWaits)
    lost: tuple[str, ...] = ()
    cached: bool = False


class Fleet(Protocol):
    """The queue and the group of one fleet."""

    def look(self, state: State, now: float) -> Snapshot:
        """Everything a decision needs."""

    def raise_desired(self, desired: int) -> None:
        """Ask for more instances."""

    def drain(self, instance: str) -> bool:
        """Mark the worker draining and end its instance; False when it has taken a job meanwhile."""

    def replace(self, instance: str, *, now: float, heard_after: float) -> bool:
        """Report the instance as unhealthy, so that the group replaces it.

        False when it has come to life meanwhile: it was heard of after this time, or has registered.
        """

    def release(self, instance: str, *, heard_after: float) -> bool:
        """End the wait for the agent of a terminating instance.

        False when there is nothing to end, or when the agent may still do something: it was heard of after
        this time, or its attempt still holds a job.
        """

    def mix(self, spot_share: float) -> None:
        """Launch with this share of spot above the on-demand base."""


class StateStore(Protocol):
    """Where decisions and what they remember are kept."""

    def read(self) -> State:
        """The state after the last decision."""

    def write(self, before: State, snapshot: Snapshot, decision: Decision, batch: str) -> None:
        """Record a decision and the news behind it, unless another copy was faster (`StaleCopyError`)."""


class Observations(Protocol):
    """News since the last look, such as a stream batch."""

    @property
    def batch(self) -> str:
        """A name that is the same when the news are delivered again; empty without news."""

    def read(self) -> News:
        """The news themselves."""
