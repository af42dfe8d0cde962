"""What a policy is to the simulator: something that looks now and then, and orders instances."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from handlers.scaler.decision import Stage

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ("Observed", "Policy", "Stage")


@dataclass
class Observed:
    """News since the last look of whoever empties it."""

    arrivals: list[int] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    finished: list[int] = field(default_factory=list)
    booted: list[float] = field(default_factory=list)


@dataclass
class Policy:
    """A policy that never does anything; others override what they need.

    Attributes:
        name: as it stands in the table.
        minimum: instances at the beginning and at least.
        wake_s: look this long after an arrival or a finish, and no more often than the second number.
        one_job: an instance leaves after one job, or at once when there is none.
        idle_exit_s: an idle instance leaves by itself after this long.
        protects_busy: lowering desired ends no busy instance.
    """

    name: str = "nothing"
    minimum: int = 0
    wake_s: tuple[float, float] | None = None
    one_job: bool = False
    idle_exit_s: float | None = None
    protects_busy: bool = False

    def look(self, world: "World") -> float:
        """Order what is to be done now; the answer is when to look again, in seconds."""
        del world
        return float("inf")

    def changed(self, instance: int, stage: Stage | None, now: float) -> None:
        """An instance came into this stage; None means that it is gone."""
