"""Ours at the hours of another policy."""

from dataclasses import replace

import numpy as np
import pytest

from simulator import compare
from simulator.compare import ALIKE, Comparison
from simulator.conditions import Conditions
from simulator.generators import Poisson
from simulator.oracle import Bound
from simulator.scenarios import Case, with_faults
from simulator.score import Score
from simulator.trace import Trace

TRACE = Trace(name="one", arrival=np.array([0.0]), service=np.array([1.0]))
SCORE = Score(
    policy="published", trace="one", jobs=1, p50=0, p95=100, p99=200, longest=300, mean=10, hours=963,
    cost=0, launches=1, kills=0, interrupted=0, lost=0, peak=1, looks=1,
)  # fmt: skip


def hours(objective_s: float) -> float:
    """They fall with the objective, and no straight line over its logarithm."""
    return 800 + 6_000 / (objective_s + 15)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The objectives that were played."""
    played: list[float] = []

    def own(case: Case, objective_s: float) -> Score:
        del case
        played.append(objective_s)
        return replace(SCORE, policy="ours", hours=hours(objective_s), p95=objective_s)

    monkeypatch.setattr(compare, "_own", own)
    return played


def found(*objectives: float) -> Comparison:
    own = tuple((one, replace(SCORE, policy="ours", hours=hours(one), p95=one)) for one in objectives)
    case = Case(name="one", trace=TRACE, conditions=Conditions())
    return Comparison(
        case=case, bound=Bound(seconds=1, peak=1, launches=1), published=(SCORE,), ours=own, swept=()
    )


def test_a_search_that_ends_beside_the_hours_is_made_once_more(asked: list[float]) -> None:
    nearest = compare._at_equal_hours(found(10, 120), [SCORE]).within(SCORE.hours)
    assert len(asked) == 2
    assert hours(asked[0]) / SCORE.hours < 1 / ALIKE
    assert nearest is not None
    assert nearest.hours == pytest.approx(SCORE.hours, rel=ALIKE - 1)


@pytest.mark.parametrize(
    ("others", "played"), [((900,), []), ((1_300,), [1.0]), ((810,), [180.0]), ((1_300, 810), [1.0, 180.0])]
)
def test_the_extreme_objectives_are_played_where_another_policy_needs_more_or_fewer_hours(
    asked: list[float], others: tuple[float, ...], played: list[float]
) -> None:
    compare._bracketed(found(10, 30, 60), [replace(SCORE, hours=one) for one in others])
    assert asked == played


def test_nothing_is_played_where_the_hours_are_equal_already(asked: list[float]) -> None:
    compare._at_equal_hours(found(10, 21.8, 120), [SCORE])
    assert not asked


@pytest.mark.parametrize(
    ("kind", "faults", "kept"), [(False, False, True), (True, False, False), (False, True, False)]
)
def test_only_a_scenario_without_faults_is_recorded_over_time(kind: bool, faults: bool, kept: bool) -> None:
    trace = Poisson(per_hour=200, hours=1).trace()
    conditions = with_faults(Conditions(), trace) if faults else Conditions()
    case = Case(name="one", trace=trace, conditions=conditions, kind=kind)
    assert (compare.compared(case, (60.0,)).recording is not None) == kept
