"""GitHub's self-hosted runners on AWS (the Terraform module): launch on events, clean up now and then."""

from collections import deque
from dataclasses import dataclass, field

from simulator.scaling_policy import ScalingPolicy, World

DELAY_S = 30.0
CLEAN_S = 300.0
YOUNG_S = 300.0


@dataclass
class GithubRunners(ScalingPolicy):
    """One launch per job that is still queued after thirty seconds."""

    name: str = "github runners"
    wake_s: tuple[float, float] | None = (0.0, 0.0)
    maximum: int = 10_000
    idle_count: int = 0
    next_clean: float = CLEAN_S
    waiting: deque[float] = field(default_factory=deque)

    def look(self, world: World) -> float:
        """Handle the messages that are due, and clean up when it is time."""
        self.waiting.extend([world.now + DELAY_S] * len(world.seen.arrivals))
        world.seen.arrivals.clear()
        due = 0
        while self.waiting and self.waiting[0] <= world.now:
            self.waiting.popleft()
            due += 1
        launch = self.launching(due=due, queued=len(world.queue), current=world.alive)
        if launch:
            world.set_desired(world.desired + launch)
        if world.now >= self.next_clean:
            self.next_clean = world.now + CLEAN_S
            old = [one for one in world.idle if world.age(one) > YOUNG_S]
            for instance in old[self.idle_count :]:
                world.end(instance, lower=True)
        soonest = min(self.next_clean, self.waiting[0] if self.waiting else float("inf"))
        return soonest - world.now

    def launching(self, *, due: int, queued: int, current: int) -> int:
        """How many it launches for messages that have come out of their delay."""
        return max(0, min(due, queued, self.maximum - current))
