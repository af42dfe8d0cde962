"""Whether the goals are met: on one trace, or by the means over all traces of one kind of load."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import inf
from statistics import fmean
from typing import TypeAlias

from simulator.compare import Comparison
from simulator.score import Score, mean

Traces: TypeAlias = Sequence[Comparison]
"""One case, or the traces of one kind of load that different seeds have made."""

MOST_LAUNCHES = 1.5
JUST_NOW_S = 1.0
"""The scaler looks no sooner than this after an event: shorter waits are alike."""
GOAL_A = (0.5, 0.7)
GOAL_A_OF_KINDS = (0.6, inf)
GOALS_B = ((60.0, 1.2), (30.0, 1.35))


@dataclass(frozen=True, kw_only=True)
class GoalResult:
    """Whether one goal is met, and by how much."""

    goal: str
    met: bool
    text: str


@dataclass(frozen=True, kw_only=True)
class Duel:
    """Ours against another policy at no more than its hours.

    Attributes:
        own: ours, the mean over the traces.
        other: the other policy, the mean over the traces.
        p95: our p95 over that of the other, the mean of these shares over the traces.
        p99: the same of the p99.
    """

    own: Score
    other: Score
    p95: float
    p99: float


def duel(found: Traces, other: Callable[[Comparison], Score | None]) -> Duel | None:
    """Ours against the policy chosen for each trace; None where no setting of ours needs so few hours."""
    pairs: list[tuple[Score, Score]] = []
    for one in found:
        best = other(one)
        own = one.within(best.hours) if best else None
        if best is None or own is None:
            return None
        pairs.append((own, best))
    return Duel(
        own=mean([own for own, _ in pairs]),
        other=mean([best for _, best in pairs]),
        p95=fmean(own.p95 / max(best.p95, 0.1) for own, best in pairs),
        p99=fmean(own.p99 / max(best.p99, 0.1) for own, best in pairs),
    )


def goal_results(found: Traces) -> list[GoalResult]:
    """The goals (a) to (f), as far as these traces are about them."""
    faulty = bool(found[0].case.conditions.faults.stalls)
    goals = [_equal_hours(found), *(() if faulty else _objectives(found)), _nothing_lost(found)]
    return [*goals, _longest(found)] if faulty else [*goals, _against_swept(found), _churn(found)]


def _equal_hours(found: Traces) -> GoalResult:
    both = duel(found, lambda one: one.cheapest)
    if both is None:
        return GoalResult(goal="a", met=False, text="no setting of ours needs as few hours as the cheapest")
    own, best = both.own, both.other
    text = (
        f"{own.policy} against {best.policy}: {own.hours:.0f} of {best.hours:.0f} h, "
        f"p95 {own.p95:.0f} of {best.p95:.0f} s ({both.p95:.2f}), "
        f"p99 {own.p99:.0f} of {best.p99:.0f} s ({both.p99:.2f})"
    )
    p95, p99 = GOAL_A_OF_KINDS if found[0].case.kind else GOAL_A
    return GoalResult(goal="a", met=both.p95 <= p95 and both.p99 <= p99, text=text)


def _against_swept(found: Traces) -> GoalResult:
    both = duel(found, lambda one: one.best_swept)
    if both is None:
        return GoalResult(goal="e", met=False, text="no setting of ours needs as few hours as the best swept")
    own, best = both.own, both.other
    text = (
        f"p95 {own.p95:.0f} s at {own.hours:.0f} h against {best.p95:.0f} s at {best.hours:.0f} h of "
        f"{best.policy}, the best of the swept ones"
    )
    return GoalResult(goal="e", met=own.p95 <= max(best.p95, JUST_NOW_S), text=text)


def _churn(found: Traces) -> GoalResult:
    both = duel(found, lambda one: one.cheapest)
    if both is None:
        return GoalResult(goal="f", met=False, text="no setting of ours needs as few hours as the cheapest")
    text = f"{both.own.launches} launches against {both.other.launches} of {both.other.policy}"
    return GoalResult(goal="f", met=both.own.launches <= MOST_LAUNCHES * both.other.launches, text=text)


def at_objective(found: Traces, objective_s: float) -> tuple[float, float] | None:
    """Our p95 with this objective, and our hours over the clairvoyant's; the means over the traces."""
    own = [(one, score) for one in found for wanted, score in one.ours if wanted == objective_s]
    if not own:
        return None
    return fmean(score.p95 for _, score in own), fmean(one.ratio(score) for one, score in own)


def _objectives(found: Traces) -> Iterable[GoalResult]:
    for objective, allowed in GOALS_B:
        if (reached := at_objective(found, objective)) is not None:
            p95, ratio = reached
            text = f"p95 {p95:.0f} of {objective:.0f} s at {ratio:.2f} of {allowed} times the bound"
            yield GoalResult(goal="b", met=p95 <= objective and ratio <= allowed, text=text)


def _nothing_lost(found: Traces) -> GoalResult:
    own = [score for one in found for _, score in one.ours]
    kills, lost = sum(one.kills for one in own), sum(one.lost for one in own)
    return GoalResult(goal="c", met=not kills and not lost, text=f"{kills} killed, {lost} lost")


def _longest(found: Traces) -> GoalResult:
    conditions = found[0].case.conditions
    begin, end = conditions.faults.stalls[0]
    allowed = end - begin + 2 * conditions.boot_s[1]
    longest = max(score.longest for one in found for _, score in one.ours)
    text = f"longest wait {longest:.0f} s, stall and two boots are {allowed:.0f} s"
    return GoalResult(goal="d", met=longest <= allowed, text=text)
