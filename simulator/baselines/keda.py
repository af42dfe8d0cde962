"""KEDA: a ScaledObject over the horizontal autoscaler, and a ScaledJob."""

from collections import deque
from dataclasses import dataclass, field
from math import ceil
from typing import Literal

from simulator.scaling_policy import ScalingPolicy, World

POLL_S = 30.0
SYNC_S = 15.0
SETTLE_S = 300.0
TOLERANCE = 0.1


@dataclass
class ScaledObject(ScalingPolicy):
    """Replicas after queue length over target; victims are not chosen by idleness."""

    name: str = "keda object"
    target: float = 1.0
    maximum: int = 200
    active: float = -1e9
    recent: deque[tuple[float, int]] = field(default_factory=deque)

    def look(self, world: World) -> float:
        """One sync of the controller."""
        length = len(world.queue) + len(world.busy)
        if length:
            self.active = world.now
        desired = self.wanted(length=length, desired=world.desired, now=world.now)
        if desired != world.desired:
            world.set_desired(desired)
        return SYNC_S

    def wanted(self, *, length: int, desired: int, now: float) -> int:
        """Replicas after this sync."""
        if desired == 0:
            return max(self.minimum, 1) if length else self.minimum
        raw = ceil(length / self.target)
        if abs(length / self.target / desired - 1) <= TOLERANCE:
            raw = desired
        raw = max(1, min(raw, self.maximum))
        self.recent.append((now, raw))
        while self.recent[0][0] < now - SETTLE_S:
            self.recent.popleft()
        if raw > desired:
            return min(raw, max(2 * desired, desired + 4))
        if not length and now - self.active >= SETTLE_S:
            return self.minimum
        return min(desired, max(one for _, one in self.recent))


@dataclass
class ScaledJob(ScalingPolicy):
    """One instance per job; it leaves when its job is done."""

    name: str = "keda job"
    one_job: bool = True
    protects_busy: bool = True
    target: float = 1.0
    maximum: int = 200
    strategy: Literal["default", "accurate", "eager"] = "default"

    def look(self, world: World) -> float:
        """One poll."""
        visible = len(world.queue)
        length = visible if self.strategy == "accurate" else visible + len(world.busy)
        launch = self.launching(length=length, running=world.alive, pending=len(world.booting))
        if launch:
            world.set_desired(world.desired + launch)
        return POLL_S

    def launching(self, *, length: int, running: int, pending: int) -> int:
        """How many jobs it creates."""
        scale = ceil(min(length / self.target, self.maximum))
        if self.strategy == "accurate":
            effective = (
                self.maximum - running if scale + running - pending > self.maximum else scale - pending
            )
        elif self.strategy == "eager":
            effective = min(self.maximum - running - pending, scale)
        else:
            effective = scale - running
        return max(0, min(length, effective))
