"""Loads that the scaler was not made for: no futile standby, no explosion, no lost lead, no churn."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from simulator.baselines.ecs import EcsManaged
from simulator.conditions import Conditions
from simulator.generators import Poisson
from simulator.ours import ClipIt
from simulator.run import run
from simulator.scaling_policy import World
from simulator.standard import LIMITS, ours
from simulator.trace import Trace
from simulator.unseen import Lone, Mixed, Steady

ONE_BOOT_EACH_H = 17.0
"""Sixty lone jobs of 600 s with a boot and 300 idle seconds each."""


@dataclass
class Watched(ClipIt):
    """The scaler, with a note of the largest desired capacity."""

    most: int = 0
    seen: list[int] = field(default_factory=list)

    def look(self, world: World) -> float:
        after = super().look(world)
        self.most = max(self.most, world.desired)
        return after


@pytest.mark.parametrize("objective_s", [5, 60, 240])
def test_lone_jobs_are_paid_once_each_whatever_the_objective(objective_s: float) -> None:
    trace = Lone().trace()
    assert len(trace) == 60
    score = run(trace, ours(trace, objective_s=objective_s), Conditions())
    assert score.hours <= 1.3 * ONE_BOOT_EACH_H
    assert score.launches <= 60


@pytest.mark.parametrize("jobs", [10, 20])
def test_jobs_that_come_at_once_get_an_instance_each_and_no_more(jobs: int) -> None:
    trace = Trace(name="at once", arrival=np.full(jobs, 5.0), service=np.full(jobs, 600.0))
    policy = Watched(limits=LIMITS, trace=trace)
    assert run(trace, policy, Conditions()).lost == 0
    assert policy.most <= 1.2 * jobs


def test_a_daily_batch_among_lone_jobs_launches_its_own_number_each_day() -> None:
    arrival = np.sort(
        np.concatenate(
            [np.arange(1_000.0, 7 * 86_400, 7_200), *([d * 86_400 + 36_000.0] * 15 for d in range(7))]
        )
    )
    trace = Trace(name="daily batch", arrival=arrival, service=np.full(arrival.size, 600.0))
    assert run(trace, ours(trace), Conditions()).launches <= 1.1 * len(trace)


def test_few_long_jobs_among_short_ones_cost_no_lead() -> None:
    """The published queue-length policy starts 95 % within 14 s at hours that are no fewer."""
    trace = Mixed(hours=8).trace()
    score = run(trace, ours(trace, objective_s=10), Conditions())
    cheapest = run(trace, EcsManaged(), Conditions())
    assert score.hours <= cheapest.hours
    assert score.p95 <= 14


def test_a_steady_load_is_not_launched_again_and_again() -> None:
    """Two jobs of 600 s a minute: others launch 14 instances an hour."""
    trace = Steady(hours=24).trace()
    launches = run(trace, ours(trace), Conditions()).launches
    assert launches <= 1.5 * run(trace, EcsManaged(), Conditions()).launches


def test_steady_means_steady_also_for_short_jobs() -> None:
    trace = Poisson(per_hour=600, hours=6).trace()
    assert (
        run(trace, ours(trace), Conditions()).launches
        <= 1.5 * run(trace, EcsManaged(), Conditions()).launches
    )
