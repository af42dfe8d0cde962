"""This project's scaler as a policy: the function that runs in the Lambda, fed with what the Lambda sees."""

from dataclasses import dataclass, field

from handlers.scaler.decision import Decision, Instance, Limits, Snapshot, decide
from handlers.scaler.decision.history import History, News
from handlers.scaler.decision.learning import learned
from handlers.scaler.decision.memory import Memory
from simulator.scaling_policy import Observed, ScalingPolicy, Stage, World
from simulator.trace import Trace

WAKE_S = 1.0
SPACING_S = 5.0


@dataclass
class ClipIt(ScalingPolicy):
    """Looks after arrivals and finishes, and when the schedule says so."""

    limits: Limits = field(kw_only=True)
    trace: Trace = field(kw_only=True)
    name: str = "clip-it"
    wake_s: tuple[float, float] | None = (WAKE_S, SPACING_S)
    memory: Memory = field(default_factory=Memory)
    history: History = field(default_factory=History)
    instances: dict[int, Instance] = field(default_factory=dict)
    last: Decision | None = None

    def changed(self, instance: int, stage: Stage | None, now: float) -> None:
        """Keep the list of instances as the group and the workers' records would show it."""
        if stage is None:
            del self.instances[instance]
            return
        before = self.instances.get(instance)
        self.instances[instance] = Instance(
            id=str(instance),
            stage=stage,
            launched_at=before.launched_at if before else now,
            since=now,
            interrupted=stage is Stage.DRAINING,
        )

    def look(self, world: World) -> float:
        """One pass of the Lambda."""
        self.history = learned(self.history, self.memory, self._news(world), self.limits, world.now)
        snapshot = Snapshot(
            taken_at=world.now,
            queued=len(world.queue),
            oldest_s=world.oldest_s,
            desired=world.desired,
            instances=tuple(self.instances.values()),
            history=self.history,
            memory=self.memory,
        )
        decision = decide(snapshot, self.limits)
        self.memory, self.last = decision.memory, decision
        for name in decision.replace:
            world.end(int(name), lower=False)
        for name in decision.drain:
            world.drain(int(name))
        if decision.raise_to is not None:
            world.set_desired(decision.raise_to)
        # The Lambda can be woken by events and by its schedule, not at a time of its choice.
        return self.limits.look_s

    def _news(self, world: World) -> News:
        seen, service, arrival = world.seen, self.trace.service, self.trace.arrival
        news = News(
            arrived=tuple(float(arrival[job]) for job in seen.arrivals),
            waits=tuple(seen.waits),
            served=tuple(float(service[job]) for job in seen.finished),
            boots=tuple(seen.booted),
        )
        world.seen = Observed()
        return news
