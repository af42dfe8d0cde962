"""The tables of docs/scaling.md are those of `make simulate-seeds`, and contradict each other nowhere."""

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import pytest

from simulator.compare import ALIKE, compare
from simulator.results import page_tables
from simulator.results.goals import GOAL_A, GOALS_B
from simulator.scenarios import SCENARIOS, UNSEEN, cases
from simulator.standard import OBJECTIVES_S, baselines
from tests.contracts.source_tree import ROOT

Table: TypeAlias = dict[str, tuple[str, ...]]
PAGE = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
ROUNDING_S = 0.5
"""The page has whole seconds."""


def table(headings: Sequence[str], page: str = PAGE) -> Table:
    """The cells of the one table with these headings, by the first of each row."""
    (found,) = _tables(page, f"| {' | '.join(headings)} |")
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in found]
    assert all(len(row) == len(headings) for row in rows)
    assert len({row[0] for row in rows}) == len(rows)
    return {row[0]: row[1:] for row in rows}


def _tables(page: str, head: str) -> Iterator[list[str]]:
    lines = page.splitlines()
    for n, line in enumerate(lines):
        if line == head:
            rest = lines[n + 2 :]
            end = next((m for m, one in enumerate(rest) if not one.startswith("|")), len(rest))
            yield rest[:end]


def numbers(cell: str) -> list[float]:
    return [float(one) for one in re.findall(r"\d+(?:\.\d+)?", cell)]


def contradictions(page: str) -> list[str]:
    """What the tables of the page say that cannot be true together."""
    equal, objectives = table(page_tables.EQUAL_HOURS, page), table(page_tables.OBJECTIVES, page)
    return [
        *_in_equal_hours(equal, table(page_tables.SWEPT, page)),
        *_in_objectives(objectives),
        *_in_design(table(page_tables.SHOWN, page), equal["design"], objectives["design"]),
    ]


def _in_equal_hours(equal: Table, swept: Table) -> Iterator[str]:
    for name, (cheapest, needs, _, ours, p95, p99, goal) in equal.items():
        (hours, other95, other99), (own_hours, own95, own99) = numbers(needs), numbers(ours)
        if own_hours > ALIKE * hours + 1:
            yield f"{name}: {own_hours:.0f} h are more than {hours:.0f} h"
        for own, other, share in ((own95, other95, float(p95)), (own99, other99, float(p99))):
            if not is_share(share, own, other):
                yield f"{name}: {own:.0f} s are not {share} of {other:.0f} s"
        if (goal == "met") != (float(p95) <= GOAL_A[0] and float(p99) <= GOAL_A[1]):
            yield f"{name}: {p95} and {p99} are not {goal}"
        said = (f"{cheapest}, {hours:.0f} h, {other95:.0f} s", f"{own_hours:.0f} h, {own95:.0f} s: {p95}")
        if name in swept and swept[name][:2] != said:
            yield f"{name}: {swept[name][:2]} is another comparison than {said}"


def _in_objectives(objectives: Table) -> Iterator[str]:
    for name, cells in objectives.items():
        for (seconds, most), reached, goal in zip(GOALS_B, cells[::2], cells[1::2], strict=True):
            p95, ratio = numbers(reached)
            if (goal == "met") != (p95 <= seconds and ratio <= most):
                yield f"{name}: {reached} is not {goal}"


def _in_design(policies: Table, equal: Sequence[str], objectives: Sequence[str]) -> Iterator[str]:
    cheapest, needs, objective, ours, *_ = equal
    for policy, said in ((cheapest, needs), (f"clip-it {objective}", ours)):
        if said != at_hours(policies[policy]):
            yield f"design: {said} is not {policy} in the first table"
    for (seconds, _), reached in zip(GOALS_B, objectives[::2], strict=True):
        _, p95, _, _, _, ratio, *_ = policies[f"clip-it {seconds:.0f} s"]
        if reached != f"{p95} s at {ratio}":
            yield f"design: {reached} is not the objective of {seconds:.0f} s in the first table"


def is_share(share: float, own: float, other: float) -> bool:
    """Whether two times in whole seconds can have this share, in whole hundredths."""
    least = (own - ROUNDING_S) / (other + ROUNDING_S) - 0.005
    return least <= share <= (own + ROUNDING_S) / max(other - ROUNDING_S, 0.1) + 0.005


def at_hours(row: Sequence[str]) -> str:
    p95, p99, hours = row[1], row[2], float(row[4])
    return f"{hours:.0f} h, {p95} s, {p99} s"


def test_each_table_has_a_row_per_policy_or_case_in_the_order_of_the_command() -> None:
    names = [make().name for make in baselines(1)]
    policies = list(table(page_tables.SHOWN))
    assert policies[: len(names)] == names
    own = [numbers(name)[0] for name in policies[len(names) :]]
    assert own == sorted(own)
    assert set(OBJECTIVES_S) <= set(own)
    both = [name for scenario in SCENARIOS for name in (scenario, f"{scenario} + faults")]
    assert list(table(page_tables.EQUAL_HOURS)) == both
    assert list(table(page_tables.OBJECTIVES)) == list(SCENARIOS)
    assert list(table(page_tables.SWEPT)) == [*SCENARIOS, *UNSEEN]


def test_no_table_contradicts_another() -> None:
    assert contradictions(PAGE) == []


@pytest.mark.parametrize(
    ("true", "changed"),
    [
        ("| clip-it 60 s | 0 | 54 |", "| clip-it 60 s | 0 | 53 |"),
        ("| 0.12 | 0.21 | met |", "| 0.10 | 0.21 | met |"),
        ("| 0.53 | 0.59 | missed |", "| 0.53 | 0.59 | met |"),
        ("| daily | ecs managed, 642 h, 44 s |", "| daily | ecs managed, 640 h, 44 s |"),
        ("| long | 55 s at 1.08 | met |", "| long | 61 s at 1.08 | met |"),
    ],
)
def test_a_figure_that_was_changed_in_one_place_is_found(true: str, changed: str) -> None:
    assert PAGE.count(true) == 1
    assert contradictions(PAGE.replace(true, changed))


@pytest.mark.long
@pytest.mark.parametrize("kind", ["lone", "three scales"])
def test_a_row_is_what_the_command_plays_again(kind: str) -> None:
    row = page_tables.against_both([compare(case) for case in cases((kind,), faults=False, seeds=3)])
    assert table(page_tables.SWEPT)[kind] == row[1:]
