"""Loads that the scaler was not made for: no futile standby, no explosion, no lost lead, no churn."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
import pytest

from simulator.baselines.deadline import DeadlineCloud
from simulator.baselines.ecs import EcsManaged
from simulator.conditions import Conditions
from simulator.generators import Poisson
from simulator.oracle import zero_wait
from simulator.ours import SPACING_S, WAKE_S, ClipIt
from simulator.run import run
from simulator.scaling_policy import World
from simulator.standard import LIMITS, ours
from simulator.trace import Trace
from simulator.unseen import Drift, Lone, Mixed, Steady

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


def at(times: Iterable[float], lasts_s: float) -> Trace:
    """Jobs that come at these times and all take as long."""
    arrival = np.sort(np.array(list(times)))
    return Trace(name="given", arrival=arrival, service=np.full(arrival.size, lasts_s))


def most_wanted(trace: Trace) -> int:
    """The largest desired capacity."""
    policy = Watched(limits=LIMITS, trace=trace)
    assert run(trace, policy, Conditions()).lost == 0
    return policy.most


LONG = pytest.mark.long


@pytest.mark.parametrize("objective_s", [pytest.param(5, marks=LONG), 60, pytest.param(240, marks=LONG)])
def test_lone_jobs_are_paid_once_each_whatever_the_objective(objective_s: float) -> None:
    trace = Lone().trace()
    assert len(trace) == 60
    score = run(trace, ours(trace, objective_s=objective_s), Conditions())
    assert score.hours <= 1.3 * ONE_BOOT_EACH_H
    assert score.launches <= 60


@pytest.mark.short_form(1)
@pytest.mark.parametrize("lasts_s", [60, 600, 3_600])
@pytest.mark.parametrize("gap_s", [1500, pytest.param(3600, marks=LONG), pytest.param(7200, marks=LONG)])
def test_lone_jobs_of_other_gaps_and_lengths_cost_a_boot_each(gap_s: float, lasts_s: float) -> None:
    gap_s += lasts_s
    trace = at((gap_s * n + 7.0 * (n % 5) for n in range(1, 41)), lasts_s)
    conditions = Conditions()
    score = run(trace, ours(trace, objective_s=30), conditions)
    assert score.hours <= 1.3 * len(trace) * (lasts_s + conditions.mean_boot_s) / 3_600
    assert score.launches <= len(trace)


@pytest.mark.long
@pytest.mark.parametrize("lasts_s", [1, 60])
@pytest.mark.parametrize("gap_s", [600, pytest.param(1_200, marks=LONG)])
def test_short_lone_jobs_pay_no_standby_beyond_the_ski_rentals_bound(gap_s: float, lasts_s: float) -> None:
    """At most twice what a clairvoyant pays, although every one of them is late."""
    trace, conditions = at((gap_s * n + 7.0 * (n % 5) for n in range(1, 41)), lasts_s), Conditions()
    score = run(trace, ours(trace, objective_s=10), conditions)
    assert score.hours * 3_600 <= 2 * zero_wait(trace, conditions.mean_boot_s).seconds


@pytest.mark.parametrize("lasts_s", [60, 600, 3_600])
@pytest.mark.parametrize("jobs", [1, 2, 10, 20, 50])
def test_jobs_that_come_at_once_get_an_instance_each_and_no_more(jobs: int, lasts_s: float) -> None:
    assert most_wanted(at([5.0] * jobs, lasts_s)) <= jobs


@pytest.mark.parametrize("lasts_s", [60, pytest.param(600, marks=LONG), 3_600])
@pytest.mark.parametrize("spread_s", [5, 60])
@pytest.mark.parametrize("jobs", [10, 20, pytest.param(50, marks=LONG)])
def test_a_batch_that_is_spread_over_a_minute_is_no_stream(
    jobs: int, spread_s: float, lasts_s: float
) -> None:
    """A fifth more may follow: nothing else was ever seen. Nobody waits longer than for a boot."""
    trace, conditions = at((5 + spread_s * n / jobs for n in range(jobs)), lasts_s), Conditions()
    policy = Watched(limits=LIMITS, trace=trace)
    score = run(trace, policy, conditions)
    assert policy.most <= 1.2 * jobs
    assert score.launches <= 1.2 * jobs
    assert score.longest <= conditions.boot_s[1] + WAKE_S + SPACING_S


@LONG
def test_a_template_that_drifts_tenfold_misses_its_objective_by_a_third_at_most() -> None:
    """The price follows fifty late starts at a time."""
    trace = Drift(hours=24).trace()
    score, cheapest = (
        run(trace, one, Conditions()) for one in (ours(trace, objective_s=60), DeadlineCloud())
    )
    assert score.hours <= cheapest.hours
    assert score.p95 <= 4 / 3 * 60
    assert score.launches <= 1.5 * cheapest.launches


@pytest.mark.parametrize("later_s", [pytest.param(10, marks=LONG), 30, pytest.param(300, marks=LONG)])
def test_two_overlapping_batches_are_two_batches(later_s: float) -> None:
    trace = at((begin + n / 2 for begin in (5.0, 5.0 + later_s) for n in range(10)), 600)
    assert most_wanted(trace) <= 1.5 * len(trace)


@pytest.mark.parametrize("lasts_s", [pytest.param(60, marks=LONG), 600, pytest.param(3600, marks=LONG)])
@pytest.mark.parametrize("spread_s", [0, pytest.param(5, marks=LONG)])
def test_a_daily_batch_among_lone_jobs_does_not_explode(spread_s: float, lasts_s: float) -> None:
    days = range(7)
    batches = (day * 86_400 + 36_000.0 + spread_s * n / 15 for day in days for n in range(15))
    trace = at(chain(range(1_000, 7 * 86_400, 7_200), batches), lasts_s)
    policy = Watched(limits=LIMITS, trace=trace)
    score = run(trace, policy, Conditions())
    assert policy.most <= 2 * 15
    assert score.launches <= (1.5 if spread_s else 1.1) * len(trace)


@pytest.mark.long
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


@pytest.mark.long
def test_steady_means_steady_also_for_short_jobs() -> None:
    trace = Poisson(per_hour=600, hours=6).trace()
    assert (
        run(trace, ours(trace), Conditions()).launches
        <= 1.5 * run(trace, EcsManaged(), Conditions()).launches
    )
