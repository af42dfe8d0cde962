"""The scaler in the simulator: it sees what the Lambda sees, and no render is ever killed."""

from dataclasses import replace

import pytest

from simulator.compare import compared
from simulator.conditions import Conditions
from simulator.generators import Bursts, Daily, Poisson, Work
from simulator.oracle import zero_wait
from simulator.recording import record
from simulator.results.goals import goal_results
from simulator.run import run
from simulator.scenarios import Case, with_faults
from simulator.standard import LIMITS, ours

RECIPES = [
    Poisson(per_hour=400, hours=2),
    Poisson(name="short", per_hour=900, hours=1.5, work=Work(median_s=8, p95_s=25)),
    Bursts(hours=4),
    Daily(low=10, high=300, days=0.25, work=Work(median_s=600, p95_s=2000)),
]


@pytest.mark.short_form(2)
@pytest.mark.parametrize("faulty", [False, True], ids=["calm", "faulty"])
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_nothing_is_killed_or_lost(recipe, faulty) -> None:
    trace = recipe.trace()
    conditions = with_faults(Conditions(), trace) if faulty else Conditions()
    score = run(trace, ours(trace), conditions)
    assert (score.kills, score.lost) == (0, 0)


@pytest.mark.parametrize("faulty", [False, True], ids=["calm", "faulty"])
def test_the_fleet_reaches_the_scalers_own_maximum_and_is_never_beyond_it(faulty) -> None:
    """The simulated group would take more: it must be the scaler that does not ask for it."""
    trace, limits = Poisson(per_hour=400, hours=1).trace(), replace(LIMITS, maximum=12)
    conditions = with_faults(Conditions(), trace) if faulty else Conditions()
    assert conditions.maximum > 2 * limits.maximum
    assert run(trace, ours(trace, limits=limits), conditions).peak == limits.maximum


def test_the_objective_is_met_near_the_bound_on_a_steady_stream() -> None:
    trace = Poisson(per_hour=600, hours=4).trace()
    score = run(trace, ours(trace, objective_s=60), Conditions())
    assert score.p95 <= 60
    assert score.hours * 3600 <= 1.2 * zero_wait(trace, Conditions().mean_boot_s).seconds


@pytest.mark.long
def test_a_longer_objective_costs_less() -> None:
    trace = Poisson(per_hour=300, hours=3).trace()
    hours = [run(trace, ours(trace, objective_s=objective), Conditions()).hours for objective in (3, 15, 60)]
    assert hours[0] > hours[1] > hours[2]


def test_after_the_last_job_everything_leaves() -> None:
    trace = Poisson(per_hour=400, hours=1).trace()
    recording = record(trace, ours(trace), Conditions())
    assert recording.rows[-1, 1] == 0
    assert recording.score.lost == 0


def test_the_goals_are_judged_on_every_case() -> None:
    trace = Poisson(per_hour=200, hours=2).trace()
    conditions = Conditions()
    calm = compared(Case(name="calm", trace=trace, conditions=conditions), (30.0, 60.0))
    faulty = compared(
        Case(name="faulty", trace=trace, conditions=with_faults(conditions, trace)), (30.0, 60.0)
    )
    assert [one.goal for one in goal_results([calm])] == ["a", "b", "b", "c", "e", "f"]
    assert [one.goal for one in goal_results([faulty])] == ["a", "c", "d"]
