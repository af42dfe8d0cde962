"""Buildkite's agent scaler, version 1.12: the default stack, and without its scale-out cooldown."""

from dataclasses import dataclass
from math import ceil

from simulator.scaling_policy import ScalingPolicy, World

EVERY_S = 10.0
AVAILABLE = 0.5


@dataclass
class Buildkite(ScalingPolicy):
    """Looks every ten seconds; agents end themselves after ten idle minutes; the scaler never scales in."""

    name: str = "buildkite"
    idle_exit_s: float | None = 600.0
    cooldown_s: float = 300.0
    maximum: int = 0
    last_out: float = -1e9

    def look(self, world: World) -> float:
        """One pass of its `Run`."""
        desired = self.wanted(
            queued=len(world.queue),
            running=len(world.busy),
            in_service=len(world.idle) + len(world.busy),
            desired=world.desired,
        )
        if desired > world.desired and world.now - self.last_out >= self.cooldown_s:
            self.last_out = world.now
            world.set_desired(desired)
        return EVERY_S

    def wanted(self, *, queued: int, running: int, in_service: int, desired: int) -> int:
        """The capacity it scales out to; the present one when it does not."""
        need = queued + running
        want = ceil(need)
        if need > 0 and in_service and in_service == desired and in_service / in_service < AVAILABLE:
            want = max(want, desired + 1)
        want = max(want, self.minimum)
        if self.maximum:
            want = min(want, self.maximum)
        present = in_service or desired
        return want if want > present and want > desired else desired
