"""The settings with which the policies are compared: one set for all traces."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from handlers.scaler.decision import Limits
from simulator.baselines.buildkite import Buildkite
from simulator.baselines.deadline import DeadlineCloud
from simulator.baselines.ecs import EcsManaged
from simulator.baselines.github import GithubRunners
from simulator.baselines.keda import ScaledJob, ScaledObject
from simulator.baselines.static import StaticPeak
from simulator.baselines.tracking import TargetTracking
from simulator.ours import ClipIt
from simulator.scaling_policy import ScalingPolicy
from simulator.trace import Trace

Maker: TypeAlias = Callable[[], ScalingPolicy]

OBJECTIVES_S = (10.0, 30.0, 60.0)
FAULTY_OBJECTIVES_S = (10.0, 60.0)
SHORTEST_OBJECTIVE_S, LONGEST_OBJECTIVE_S = 1.0, 180.0
"""Played where another policy needs more hours, or fewer, than ours with the objectives above."""

LIMITS = Limits(
    minimum=0,
    maximum=200,
    wait_objective_s=60,
    wait_quantile=0.95,
    service_s=90,
    boot_s=120,
    idle_before_scale_in_s="priced",
    billing_minimum_s=60,
    wait_price=2,
    look_s=60,
    silence_s=30,
    launch_deadline_s=60,
    bootstrap_deadline_s=240,
    heartbeat_deadline_s=60,
    replacements=10,
    replacement_window_s=900,
    launches_per_minute=100,
    unfulfilled_s=180,
    breaker_open_s=300,
    on_demand_price=0.20,
    spot_price=0.20,
    on_demand_base=0,
    spot_share=0,
    spend_ceiling="unlimited",
)


def baselines(peak: int) -> list[Maker]:
    """The published policies in the variants worth keeping, and the fleet that never scales."""
    return [
        Buildkite,
        lambda: Buildkite(name="buildkite, no cooldown", cooldown_s=0),
        TargetTracking,
        lambda: TargetTracking(name="tracking in flight", in_flight=True),
        EcsManaged,
        ScaledObject,
        ScaledJob,
        DeadlineCloud,
        GithubRunners,
        lambda: StaticPeak(minimum=peak),
    ]


def swept() -> list[Maker]:
    """The published policies with their knobs turned: idle times, standby, targets, minimum."""
    return [
        *(
            partial(DeadlineCloud, name=f"deadline cloud {idle} s, {spare}", idle_s=idle, standby=spare)
            for idle in (60, 120)
            for spare in (0, 1, 2, 4, 8)
        ),
        *(
            partial(Buildkite, name=f"buildkite {idle} s", cooldown_s=0, idle_exit_s=idle)
            for idle in (60, 180)
        ),
        *(
            partial(Buildkite, name=f"buildkite 120 s, {least}", cooldown_s=0, idle_exit_s=120, minimum=least)
            for least in (2, 8)
        ),
        *(partial(EcsManaged, name=f"ecs managed {target}", target=target) for target in (60, 80)),
        partial(GithubRunners, name="github runners, 4 idle", idle_count=4),
    ]


def ours(trace: Trace, *, objective_s: float = 60.0, limits: Limits = LIMITS) -> ClipIt:
    """This project's scaler with one objective, everything else alike."""
    chosen = replace(limits, wait_objective_s=objective_s)
    return ClipIt(limits=chosen, trace=trace, name=f"clip-it {objective_s:.0f} s")
