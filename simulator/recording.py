"""A policy that is watched: what queue and fleet looked like over time."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simulator import scaling_policy
from simulator.conditions import Conditions
from simulator.run import score
from simulator.scaling_policy import ScalingPolicy, Stage
from simulator.score import Score
from simulator.trace import Trace
from simulator.world import World


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One run over time: a row a look (second, queued, busy, idle, booting), and each job's wait."""

    score: Score
    rows: NDArray[np.float64]
    arrival: NDArray[np.float64]
    waits: NDArray[np.float64]


@dataclass
class Watched(ScalingPolicy):
    """Another policy, with a note taken at each of its looks."""

    inner: ScalingPolicy = field(kw_only=True)
    rows: list[tuple[float, int, int, int, int]] = field(default_factory=list)

    def look(self, world: scaling_policy.World) -> float:
        """Ask the inner policy, and record the state of the world."""
        waits_for = self.inner.look(world)
        self.rows.append((world.now, len(world.queue), len(world.busy), len(world.idle), len(world.booting)))
        return waits_for

    def changed(self, instance: int, stage: Stage | None, now: float) -> None:
        """Pass the change on to the inner policy."""
        self.inner.changed(instance, stage, now)


def record(trace: Trace, policy: ScalingPolicy, conditions: Conditions) -> Recording:
    """Run a policy and keep what happened."""
    watched = Watched(
        name=policy.name,
        minimum=policy.minimum,
        wake_s=policy.wake_s,
        one_job=policy.one_job,
        idle_exit_s=policy.idle_exit_s,
        protects_busy=policy.protects_busy,
        inner=policy,
    )
    world = World(trace, watched, conditions)
    world.run()
    return Recording(
        score=score(trace, world), rows=np.array(watched.rows), arrival=trace.arrival, waits=world.waits()
    )
