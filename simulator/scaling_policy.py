"""What a policy is to the simulator: something that looks now and then, and orders instances."""

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

from handlers.scaler.decision import Stage

__all__ = ("Observed", "ScalingPolicy", "Stage", "World")


@dataclass
class Observed:
    """News since the last look of whoever empties it."""

    arrivals: list[int] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    finished: list[int] = field(default_factory=list)
    booted: list[float] = field(default_factory=list)


class World(Protocol):
    """What a policy sees of a fleet and its queue, and the orders that the fleet takes. Times in seconds."""

    now: float
    desired: int
    queue: deque[int]
    idle: list[int]
    busy: dict[int, int]
    booting: dict[int, float]
    seen: Observed

    @property
    def alive(self) -> int:
        """Instances that count towards desired."""

    @property
    def oldest_s(self) -> float:
        """For how long the job at the head of the queue has stood there."""

    def age(self, instance: int) -> float:
        """Seconds since its launch."""

    def idle_for(self, instance: int) -> float:
        """Seconds for which an idle instance has been so."""

    def set_desired(self, desired: int) -> None:
        """Raising launches instances; lowering ends any instance that is not protected."""

    def drain(self, instance: int) -> bool:
        """End the instance if it is still idle, and lower desired with it."""

    def end(self, instance: int, *, lower: bool) -> None:
        """End this one instance, whatever it does; its job starts again."""


@dataclass
class ScalingPolicy:
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

    def look(self, world: World) -> float:
        """Order what is to be done now; the answer is when to look again, in seconds."""
        del world
        return float("inf")

    def changed(self, instance: int, stage: Stage | None, now: float) -> None:
        """An instance came into this stage; None means that it is gone."""
