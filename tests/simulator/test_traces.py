"""Traces: files, generators, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from simulator.generators import Bursts, Daily, Design, Flash, Poisson, Work
from simulator.scenarios import SCENARIOS, cases, named
from simulator.trace import Trace, read, write


def test_a_trace_survives_its_file(tmp_path) -> None:
    trace = Poisson(per_hour=60, hours=2).trace()
    write(trace, tmp_path / "poisson.csv")
    again = read(tmp_path / "poisson.csv")
    assert again.arrival == pytest.approx(trace.arrival, abs=1e-3)
    assert again.service == pytest.approx(trace.service, abs=1e-3)


def test_templates_and_any_order_are_read(tmp_path) -> None:
    path = tmp_path / "jobs.csv"
    path.write_text("arrival_s,service_s,tenant,template\n20,5,acme,short\n10,7,acme,long\n")
    trace = read(path)
    assert trace.arrival.tolist() == [10, 20]
    assert trace.templates == ("long", "short")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("arrival,service\n1,2\n", "must be arrival_s,service_s"),
        ("arrival_s,service_s\n1,two\n", "line 2"),
        ("arrival_s,service_s\n1\n", "line 2"),
        ("arrival_s,service_s\n", "no jobs"),
        ("arrival_s,service_s\n1,0\n", "takes 0.0 s, must be above 0"),
    ],
    ids=["other columns", "a word for a number", "a short line", "nothing", "a job without work"],
)
def test_what_is_no_trace_is_refused_by_line(tmp_path, text, complaint) -> None:
    path = tmp_path / "jobs.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=complaint):
        read(path)


@pytest.mark.parametrize(
    "recipe",
    [Design(days=1), Poisson(hours=3), Daily(days=0.5), Bursts(hours=6), Flash(hours=6)],
    ids=lambda r: r.name,
)
def test_the_same_seed_makes_the_same_trace_and_another_one_another(recipe) -> None:
    once, again, other = recipe.trace(), recipe.trace(), replace(recipe, seed=2).trace()
    assert np.array_equal(once.arrival, again.arrival)
    assert not np.array_equal(once.arrival[:50], other.arrival[:50])
    assert (np.diff(once.arrival) >= 0).all()


def test_work_has_the_median_and_the_percentile_it_is_given() -> None:
    times = Work(median_s=60, p95_s=300).drawn(np.random.default_rng(1), 100_000)
    assert np.percentile(times, 50) == pytest.approx(60, rel=0.03)
    assert np.percentile(times, 95) == pytest.approx(300, rel=0.05)


def test_the_design_trace_keeps_the_shape_of_the_web_trace() -> None:
    whole = Design(share=1.0, days=1).trace()
    thinned = Design(share=0.1, days=1).trace()
    assert len(thinned) == pytest.approx(len(whole) / 10, rel=0.05)


def test_a_generator_takes_numbers_by_name() -> None:
    trace = named("poisson:per_hour=30,hours=2,median_s=5,p95_s=9,seed=4")
    assert 30 < len(trace) < 90
    assert float(np.median(trace.service)) == pytest.approx(5, rel=0.2)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("nonsense", "is no trace"),
        ("poisson:rate=3", "knows no 'rate'"),
        ("poisson:hours=x", "must be a number"),
    ],
)
def test_an_unknown_trace_says_what_is_known(text, complaint) -> None:
    with pytest.raises(ValueError, match=complaint):
        named(text)


def test_every_scenario_has_jobs() -> None:
    assert all(
        isinstance(recipe.trace(), Trace) and len(recipe.trace()) > 1_000 for recipe in SCENARIOS.values()
    )


@pytest.mark.parametrize("name", ["drift", "daily"])
def test_another_seed_makes_another_trace_of_the_same_kind(name: str) -> None:
    (own, *_), (other,), (again,) = (cases((name,), faults=False, seed=seed) for seed in (None, 7, 7))
    assert own.kind == other.kind
    assert len(own.trace) != len(other.trace)
    assert other.trace.arrival.tolist() == again.trace.arrival.tolist()


def test_a_kind_of_load_is_judged_by_as_many_traces_as_wanted_and_a_scenario_by_one() -> None:
    made = cases(("lone", "short"), faults=True, seeds=3)
    assert [(one.name, one.seed) for one in made] == [
        ("lone", 2), ("lone", 3), ("lone", 4), ("short", None), ("short + faults", None),
    ]  # fmt: skip
    assert len({tuple(one.trace.arrival.tolist()) for one in made}) == 4
    assert [one.seed for one in cases(("lone",), faults=False)] == [2]
    assert [one.seed for one in cases(("lone",), faults=False, seed=7, seeds=2)] == [7, 8]


def test_a_seed_for_what_is_no_scenario_is_refused() -> None:
    with pytest.raises(ValueError, match="a seed is for scenarios"):
        named("poisson:per_hour=30", seed=7)
