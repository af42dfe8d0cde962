"""The tables of docs/scaling.md, as Markdown."""

from collections.abc import Iterable, Sequence

from simulator.results.goals import GOALS_B, Duel, Traces, at_objective, duel, goal_results
from simulator.results.report import HEADINGS, rows
from simulator.score import Score

SHOWN = ("policy", "p50 s", "p95 s", "p99 s", "max s", "hours", "x bound", "launches", "killed", "lost")
EQUAL_HOURS = ("case", "cheapest published", "it needs", "our objective", "we need", "p95", "p99", "goal")
OBJECTIVES = (
    "case",
    *(text for seconds, _ in GOALS_B for text in (f"objective {seconds:.0f} s: p95 at x bound", "goal")),
)
SWEPT = (
    "kind",
    "cheapest default",
    "ours at its hours: p95 share",
    "best swept",
    "ours at its hours",
    "launches: ours, cheapest",
)


def tables(results: Sequence[Traces]) -> str:
    """Each policy on the first trace, then the comparisons of all, each under what it shows."""
    old = [found for found in results if not found[0].case.kind]
    calm = [found for found in results if not found[0].case.conditions.faults.stalls]
    parts = [
        (f"Each policy on {results[0][0].case.name}", _policies(results[0])),
        ("At the hours of the cheapest published policy", _equal_hours(old)),
        ("With the objective alone", _objectives(found for found in calm if not found[0].case.kind)),
        ("Against turned knobs", _swept(calm)),
    ]
    return "\n".join(f"{heading}:\n\n{table}\n" for heading, table in parts)


def _table(headings: Iterable[str], lines: Iterable[Iterable[str]], numbers: int = 0) -> str:
    """The last `numbers` columns stand to the right."""
    names = list(headings)
    aligned = ["---"] * (len(names) - numbers) + ["---:"] * numbers
    return "\n".join("| " + " | ".join(line) + " |" for line in (names, aligned, *lines))


def _policies(found: Traces) -> str:
    places = [HEADINGS.index(name) for name in SHOWN]
    return _table(SHOWN, ([row[n] for n in places] for row in rows(found)), len(SHOWN) - 1)


def _equal_hours(results: Iterable[Traces]) -> str:
    return _table(EQUAL_HOURS, map(_at_its_hours, results))


def _at_its_hours(found: Traces) -> tuple[str, ...]:
    both = duel(found, lambda one: one.cheapest)
    if both is None:
        return (found[0].case.name, "", "", "", "no setting", "", "", "missed")
    return (
        found[0].case.name,
        both.other.policy,
        f"{_hours(both.other)}, {both.other.p99:.0f} s",
        both.own.policy.removeprefix("clip-it "),
        f"{_hours(both.own)}, {both.own.p99:.0f} s",
        f"{both.p95:.2f}",
        f"{both.p99:.2f}",
        _met(found, "a"),
    )


def _objectives(results: Iterable[Traces]) -> str:
    lines = []
    for found in results:
        cells = [found[0].case.name]
        for objective, allowed in GOALS_B:
            p95, ratio = at_objective(found, objective) or (float("nan"), float("nan"))
            met = p95 <= objective and ratio <= allowed
            cells += [f"{p95:.0f} s at {ratio:.2f}", "met" if met else "missed"]
        lines.append(cells)
    return _table(OBJECTIVES, lines)


def _swept(results: Iterable[Traces]) -> str:
    return _table(SWEPT, map(against_both, results))


def against_both(found: Traces) -> tuple[str, ...]:
    """A row of the last table: ours beside the cheapest default and beside the best of the turned knobs."""
    default, turned = duel(found, lambda one: one.cheapest), duel(found, lambda one: one.best_swept)
    return (
        found[0].case.name,
        f"{default.other.policy}, {_hours(default.other)}" if default else "",
        f"{_hours(default.own)}: {default.p95:.2f}" if default else "no setting",
        f"{turned.other.policy}, {_hours(turned.other)}" if turned else "",
        _hours(turned.own) if turned else "no setting",
        _launches(default),
    )


def _launches(default: Duel | None) -> str:
    return f"{default.own.launches}, {default.other.launches}" if default else ""


def _hours(score: Score) -> str:
    return f"{score.hours:.0f} h, {score.p95:.0f} s"


def _met(found: Traces, goal: str) -> str:
    return "met" if all(one.met for one in goal_results(found) if one.goal == goal) else "missed"
