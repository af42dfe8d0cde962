"""One policy on one trace, scored."""

from simulator.conditions import Conditions
from simulator.scaling_policy import ScalingPolicy
from simulator.score import Score, percentiles
from simulator.trace import Trace
from simulator.world import World


def run(trace: Trace, policy: ScalingPolicy, conditions: Conditions) -> Score:
    """The score of a policy."""
    world = World(trace, policy, conditions)
    world.run()
    return score(trace, world)


def score(trace: Trace, world: World) -> Score:
    """What a finished world came to."""
    p50, p95, p99, longest, mean = percentiles(world.waits())
    hours = world.paid_s / 3600
    return Score(
        policy=world.policy.name,
        trace=trace.name,
        jobs=len(trace),
        p50=p50,
        p95=p95,
        p99=p99,
        longest=longest,
        mean=mean,
        hours=hours,
        cost=hours * world.conditions.price_per_hour,
        launches=world.launches,
        kills=world.kills,
        interrupted=world.interrupted,
        lost=world.lost,
        peak=world.peak,
        looks=world.looks,
    )
