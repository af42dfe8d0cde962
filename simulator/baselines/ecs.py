"""ECS managed scaling with managed termination protection."""

from dataclasses import dataclass
from math import ceil

from simulator.scaling_policy import ScalingPolicy, World

EVERY_S = 60.0
POINTS = 15
WARM_UP_S = 300.0
LARGEST_STEP = 10_000


@dataclass
class EcsManaged(ScalingPolicy):
    """Looks every minute at the capacity provider reservation; only hosts without tasks leave."""

    name: str = "ecs managed"
    protects_busy: bool = True
    target: float = 100.0
    under: int = 0

    def look(self, world: World) -> float:
        """One minute of its two alarms."""
        needed, have = len(world.queue) + len(world.busy), world.alive
        warming = any(world.age(one) < WARM_UP_S for one in (*world.booting, *world.idle, *world.busy))
        out = self.out(needed=needed, have=have, warming=warming)
        if out > have:
            world.set_desired(out)
        leaving = self.leaving(needed=needed, have=have)
        for instance in [*world.idle][:leaving]:
            world.end(instance, lower=True)
        return EVERY_S

    def out(self, *, needed: int, have: int, warming: bool) -> int:
        """The capacity it scales out to, or the present one."""
        reservation = self.reservation(needed=needed, have=have)
        if reservation <= self.target:
            return have
        self.under = 0
        if have == 0:
            return 2
        if warming:
            return have
        return have + min(max(ceil(have * reservation / self.target) - have, 1), LARGEST_STEP)

    def leaving(self, *, needed: int, have: int) -> int:
        """How many hosts it would let go this minute."""
        if not have or self.reservation(needed=needed, have=have) >= self.target:
            self.under = 0
            return 0
        self.under += 1
        if self.under < POINTS:
            return 0
        excess = have - max(
            ceil(have * self.reservation(needed=needed, have=have) / self.target), self.minimum
        )
        return max(0, min(excess, max(1, (have - 1) // 2)))

    @staticmethod
    def reservation(*, needed: int, have: int) -> float:
        """CapacityProviderReservation: needed over present, in percent; 200 when nothing is present."""
        if have == 0:
            return 200.0 if needed else 100.0
        return 100.0 * needed / have
