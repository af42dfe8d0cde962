"""Deadline Cloud's event-based fleet, from its documented knobs."""

from dataclasses import dataclass

from simulator.scaling_policy import ScalingPolicy, World

EVERY_S = 60.0
STEP = 10
IDLE_S = 300.0


@dataclass
class DeadlineCloud(ScalingPolicy):
    """Looks every minute, grows by ten at most; an idle worker leaves after five minutes."""

    name: str = "deadline cloud"
    standby: int = 0
    maximum: int = 10_000
    idle_s: float = IDLE_S

    def look(self, world: World) -> float:
        """One minute."""
        want = self.wanted(queued=len(world.queue), running=len(world.busy))
        if want > world.desired:
            world.set_desired(min(want, world.desired + STEP))
        ripe = [one for one in world.idle if world.idle_for(one) >= self.idle_s]
        for instance in ripe[: max(0, world.desired - want)]:
            world.end(instance, lower=True)
        return EVERY_S

    def wanted(self, *, queued: int, running: int) -> int:
        """The size it aims at."""
        return max(self.minimum, min(queued + running + self.standby, self.maximum))
