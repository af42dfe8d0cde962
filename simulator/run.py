"""One policy on one trace, scored."""

from dataclasses import dataclass

from .policy import Policy
from .score import Score, percentiles
from .trace import Trace
from .world import Ground, World


@dataclass(frozen=True, kw_only=True)
class Prices:
    """Money per instance-hour of the group's mix."""

    per_hour: float = 0.20


def run(trace: Trace, policy: Policy, ground: Ground, prices: Prices | None = None) -> Score:
    """The score of a policy."""
    world = World(trace, policy, ground)
    world.run()
    p50, p95, p99, longest, mean = percentiles(world.waits_s())
    hours = world.paid_s / 3600
    return Score(
        policy=policy.name,
        trace=trace.name,
        jobs=len(trace),
        p50=p50,
        p95=p95,
        p99=p99,
        longest=longest,
        mean=mean,
        hours=hours,
        cost=hours * (prices or Prices()).per_hour,
        launches=world.launches,
        kills=world.kills,
        lost=world.lost,
        peak=world.peak,
        looks=world.looks,
    )
