"""Target tracking on the backlog per instance, with the alarm path of CloudWatch."""

from collections import deque
from dataclasses import dataclass, field
from math import ceil

from simulator.scaling_policy import ScalingPolicy, World

EVERY_S = 60.0
HIGH_POINTS = 3
LOW_POINTS = 15
LOW_SHARE = 0.9
WARM_UP_S = 300.0


@dataclass
class TargetTracking(ScalingPolicy):
    """Looks every minute at the backlog per instance; the victims are not chosen by idleness."""

    name: str = "target tracking"
    minimum: int = 1
    target: float = 1.0
    in_flight: bool = False
    points: deque[float | None] = field(default_factory=lambda: deque(maxlen=LOW_POINTS))

    def look(self, world: World) -> float:
        """One minute of its two alarms."""
        if world.desired < self.minimum:
            world.set_desired(self.minimum)
        in_service = len(world.idle) + len(world.busy)
        backlog = len(world.queue) + (len(world.busy) if self.in_flight else 0)
        self.points.append(backlog / in_service if in_service else None)
        warming = bool(world.booting) or any(world.age(one) < WARM_UP_S for one in (*world.idle, *world.busy))
        desired = self.wanted(in_service=in_service, desired=world.desired, warming=warming)
        if desired != world.desired:
            world.set_desired(desired)
        return EVERY_S

    def wanted(self, *, in_service: int, desired: int, warming: bool) -> int:
        """The capacity after this minute's point."""
        newest = self.points[-1] if self.points else None
        if newest is None:
            return desired
        high = [point for point in list(self.points)[-HIGH_POINTS:] if point is not None]
        if len(high) == HIGH_POINTS and min(high) > self.target:
            return max(desired, ceil(in_service * newest / self.target))
        low = [point for point in self.points if point is not None]
        if len(low) == LOW_POINTS and max(low) < LOW_SHARE * self.target and not warming:
            return max(self.minimum, ceil(desired * newest / self.target))
        return desired
