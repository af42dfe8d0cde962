"""This project's scaler as a policy: the loop that runs in the Lambda, over a fleet on paper."""

from dataclasses import dataclass, field

from handlers.scaler.decision import Decision, Instance, Limits, Snapshot
from handlers.scaler.decision.history import News
from handlers.scaler.ports import State
from handlers.scaler.service import scale
from simulator.scaling_policy import Observed, ScalingPolicy, Stage, World
from simulator.trace import Trace

WAKE_S = 1.0
SPACING_S = 5.0


@dataclass
class ClipIt(ScalingPolicy):
    """Looks after arrivals and finishes, and when the schedule says so.

    It keeps the scaler's state, as the table does for the Lambda.
    """

    limits: Limits = field(kw_only=True)
    trace: Trace = field(kw_only=True)
    name: str = "clip-it"
    wake_s: tuple[float, float] | None = (WAKE_S, SPACING_S)
    state: State = field(default_factory=State)
    instances: dict[int, Instance] = field(default_factory=dict)
    last: Decision | None = None

    def changed(self, instance: int, stage: Stage | None, now: float) -> None:
        """Keep the list of instances as the group and the workers' records would show it."""
        if stage is None:
            del self.instances[instance]
            return
        before = self.instances.get(instance)
        # Of an instance that has booted the Lambda knows when its agent registered.
        self.instances[instance] = Instance(
            id=str(instance),
            stage=stage,
            launched_at=now
            if before is None or (before.stage.coming and stage.present)
            else before.launched_at,
            since=now,
            interrupted=stage is Stage.DRAINING,
        )

    def look(self, world: World) -> float:
        """One pass of the Lambda."""
        news = PaperNews(seen=world.seen, trace=self.trace)
        scale(PaperFleet(world, self.instances), self, news, self.limits, world.now)
        world.seen = Observed()
        # The Lambda can be woken by events and by its schedule, not at a time of its choice.
        return self.limits.look_s

    def read(self) -> State:
        """The state after the last decision."""
        return self.state

    def write(self, before: State, snapshot: Snapshot, decision: Decision, batch: str) -> None:
        """Keep what the next decision must know."""
        del batch
        self.last = decision
        self.state = State(
            version=before.version + 1,
            history=snapshot.history,
            memory=decision.memory,
            taken_at=snapshot.taken_at,
            waits=before.waits,
        )


@dataclass(frozen=True)
class PaperFleet:
    """The queue and the group of a simulated world, as `AwsFleet` shows the real ones."""

    world: World
    instances: dict[int, Instance]

    def look(self, state: State, now: float) -> Snapshot:
        """Everything a decision needs."""
        return Snapshot(
            taken_at=now,
            queued=len(self.world.queue),
            oldest_s=self.world.oldest_s,
            desired=self.world.desired,
            instances=tuple(self.instances.values()),
            history=state.history,
            memory=state.memory,
        )

    def raise_desired(self, desired: int) -> None:
        """Launch more."""
        self.world.set_desired(desired)

    def drain(self, instance: str) -> bool:
        """End the instance if it is still idle."""
        return self.world.drain(int(instance))

    def replace(self, instance: str, *, now: float, heard_after: float) -> bool:
        """End the instance and launch another."""
        del now, heard_after
        self.world.end(int(instance), lower=False)
        return True

    def release(self, instance: str, *, heard_after: float) -> bool:
        """Nothing waits for an agent on paper."""
        del instance, heard_after
        return False

    def mix(self, spot_share: float) -> None:
        """All instances cost the same on paper."""


@dataclass(frozen=True)
class PaperNews:
    """What a world has seen since the last look, as the stream tells it to the Lambda."""

    seen: Observed
    trace: Trace
    batch: str = "on paper"

    def read(self) -> News:
        """The news themselves."""
        arrival, service = self.trace.arrival, self.trace.service
        return News(
            arrived=tuple([arrival.item(job) for job in self.seen.arrivals]),
            waits=tuple(self.seen.waits),
            served=tuple([service.item(job) for job in self.seen.finished]),
            boots=tuple(self.seen.booted),
        )
