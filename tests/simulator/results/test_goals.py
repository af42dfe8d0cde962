"""Goals by the means over several traces, and the tables of the page."""

from dataclasses import replace

import numpy as np
import pytest

from simulator.compare import Comparison
from simulator.conditions import Conditions
from simulator.oracle import Bound
from simulator.results.goals import duel, goal_results
from simulator.results.page_tables import tables
from simulator.results.report import as_json, rows, title
from simulator.scenarios import Case
from simulator.score import Score, mean
from simulator.trace import Trace

SCORE = Score(
    policy="published", trace="drift", jobs=1, p50=0, p95=100, p99=200, longest=300, mean=10, hours=100,
    cost=0, launches=10, kills=0, interrupted=0, lost=0, peak=1, looks=1,
)  # fmt: skip


def traces(*p95: float, launches: int = 10, lost: int = 0) -> list[Comparison]:
    """One trace per p95 of ours; the published policy has 100 s on each."""
    trace = Trace(name="drift", arrival=np.array([0.0]), service=np.array([1.0]))
    found = []
    for seed, seconds in enumerate(p95):
        own = replace(
            SCORE, policy="clip-it 60 s", p95=seconds, launches=launches, lost=lost if seed == 0 else 0
        )
        case = Case(name="drift", trace=trace, conditions=Conditions(), kind=True, seed=seed)
        found.append(
            Comparison(
                case=case,
                bound=Bound(seconds=360_000, peak=1, launches=1),
                published=(SCORE,),
                ours=((60.0, own),),
                swept=(replace(SCORE, policy="turned", p95=60),),
            )
        )
    return found


def met(found: list[Comparison]) -> dict[str, bool]:
    return {one.goal: one.met for one in goal_results(found)}


@pytest.mark.parametrize(("p95", "reached"), [((30, 50, 90), True), ((30, 70, 90), False), ((61,), False)])
def test_a_kind_of_load_is_judged_by_the_mean_of_its_shares(p95: tuple[float, ...], reached: bool) -> None:
    assert met(traces(*p95))["a"] is reached


@pytest.mark.parametrize(("p95", "reached"), [((0, 60, 120), True), ((0, 60, 121), False)])
def test_it_is_compared_with_turned_knobs_by_the_mean_of_its_waits(
    p95: tuple[float, ...], reached: bool
) -> None:
    assert met(traces(*p95))["e"] is reached


def test_launches_are_counted_over_all_traces_and_one_lost_render_misses_its_goal() -> None:
    assert met(traces(30, 30, launches=15))["f"]
    assert not met(traces(30, 30, launches=16))["f"]
    assert not met(traces(30, 30, lost=1))["c"]


def test_where_one_trace_has_no_setting_with_so_few_hours_there_is_no_comparison() -> None:
    first, second = traces(30, 30)
    dear = replace(second, ours=tuple((one, replace(score, hours=102)) for one, score in second.ours))
    assert duel([first, dear], lambda one: one.cheapest) is None
    assert not met([first, dear])["a"]


def test_no_lost_render_vanishes_in_a_mean() -> None:
    assert mean([replace(SCORE, lost=1), SCORE, SCORE]).lost == 1


def test_the_table_of_a_kind_has_the_mean_of_each_policy_that_was_played_on_all_traces() -> None:
    first, second = traces(30, 50)
    more = replace(first, ours=(*first.ours, (21.3, replace(SCORE, policy="clip-it 21 s"))))
    shown = {row[0]: row[2] for row in rows([more, second])}
    assert shown == {"published": "100", "clip-it 60 s": "40"}
    assert title([first, second]) == "drift, means of the seeds 0, 1: 1 jobs, bound 100 instance-hours"


def test_the_json_names_the_seed_of_each_trace() -> None:
    assert [entry["seed"] for entry in as_json([traces(30, 50)]) if isinstance(entry, dict)] == [0, 1]


def test_the_tables_of_the_page_have_a_row_per_kind() -> None:
    text = tables([traces(30, 50)])
    assert (
        "| drift | published, 100 h, 100 s | 100 h, 40 s: 0.40 | turned, 100 h, 60 s | 100 h, 40 s | 10, 10 |"
        in text
    )
