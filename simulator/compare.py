"""All policies on one case, against the clairvoyant bound."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from simulator.oracle import Bound, zero_wait
from simulator.recording import Recording, record
from simulator.run import run
from simulator.scenarios import Case
from simulator.score import Score
from simulator.standard import (
    FAULTY_OBJECTIVES_S,
    LONGEST_OBJECTIVE_S,
    OBJECTIVES_S,
    SHORTEST_OBJECTIVE_S,
    Maker,
    baselines,
    ours,
    swept,
)

ALIKE = 1.01
"""Hours within a hundredth are equal: one instance per job, launched when it comes, cannot be undercut."""
SEARCHES = 2
"""So often is an objective looked for at which ours needs the hours of another policy."""
PLOTTED_S = 60.0
"""The objective whose run is kept over time, for the plots."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The scores of one case: published policies, and ours by objective.

    Attributes:
        case: what was played.
        bound: what a clairvoyant pays.
        published: the published policies as they come.
        ours: ours by objective.
        swept: the published ones with their knobs turned; of a kind of load only the one that was best on the
            first half of its trace.
        recording: ours over time, with the objective `PLOTTED_S`; of a scenario without faults.
    """

    case: Case
    bound: Bound
    published: tuple[Score, ...]
    ours: tuple[tuple[float, Score], ...]
    swept: tuple[Score, ...] = ()
    recording: Recording | None = None

    @property
    def best_swept(self) -> Score | None:
        """The published policy with the shortest p95 at no more hours than the cheapest, knobs turned."""
        if self.cheapest is None:
            return None
        if self.case.kind:
            return next(iter(self.swept), None)
        fine = [one for one in (*self.published, *self.swept) if not one.kills and not one.lost]
        return min((one for one in fine if one.hours <= self.cheapest.hours), key=lambda one: one.p95)

    @property
    def cheapest(self) -> Score | None:
        """The published policy with the fewest hours among those that kill and lose nothing."""
        fine = [
            one for one in self.published if not one.kills and not one.lost and one.policy != "static peak"
        ]
        return min(fine, key=lambda one: one.hours, default=None)

    def within(self, hours: float) -> Score | None:
        """Ours with the shortest p95 at these hours."""
        fitting = [one for _, one in self.ours if one.hours <= ALIKE * hours]
        return min(fitting, key=lambda one: one.p95, default=None)

    def ratio(self, score: Score) -> float:
        """Hours over the bound's."""
        return score.hours * 3600 / self.bound.seconds


def compare(case: Case) -> Comparison:
    """Run everything; ours also with the objectives at which it needs the hours of those it is compared with.

    For a kind of load the knobs of the published policies are turned on the first half of the trace, and the
    other half is reported. With faults no knobs are turned.
    """
    if case.kind:
        return _on_the_other_half(case)
    if case.conditions.faults.stalls:
        return compared(case, FAULTY_OBJECTIVES_S)
    return compared(case, OBJECTIVES_S, swept())


def compared(case: Case, objectives: Iterable[float], turned: Iterable[Maker] = ()) -> Comparison:
    """The same, beginning with these objectives, against these policies beside the published ones."""
    found = _played(case, tuple(objectives), turned)
    others = [other for other in (found.cheapest, found.best_swept) if other]
    return _at_equal_hours(_bracketed(found, others), others)


def _on_the_other_half(case: Case) -> Comparison:
    first, second = case.halves
    best = _played(first, (), swept()).best_swept
    known = [*baselines(zero_wait(second.trace, case.conditions.mean_boot_s).peak), *swept()]
    return compared(second, OBJECTIVES_S, [make for make in known if best and make().name == best.policy])


def _played(case: Case, objectives: Sequence[float], turned: Iterable[Maker]) -> Comparison:
    bound = zero_wait(case.trace, case.conditions.mean_boot_s)
    plotted = PLOTTED_S in objectives and not case.kind and not case.conditions.faults.stalls
    plain = ours(case.trace, objective_s=PLOTTED_S)
    recording = record(case.trace, plain, case.conditions) if plotted else None
    known = {PLOTTED_S: recording.score} if recording else {}
    return Comparison(
        case=case,
        bound=bound,
        published=tuple(run(case.trace, make(), case.conditions) for make in baselines(bound.peak)),
        ours=tuple((one, known.get(one) or _own(case, one)) for one in objectives),
        swept=tuple(run(case.trace, make(), case.conditions) for make in turned),
        recording=recording,
    )


def _bracketed(found: Comparison, others: Iterable[Score]) -> Comparison:
    """The comparison, with the extreme objectives where another policy needs more or fewer hours."""
    hours, own = [other.hours for other in others], [one.hours for _, one in found.ours]
    wider = [
        *([SHORTEST_OBJECTIVE_S] if any(one > ALIKE * max(own) for one in hours) else []),
        *([LONGEST_OBJECTIVE_S] if any(ALIKE * one < min(own) for one in hours) else []),
    ]
    return _with(found, wider)


def _with(found: Comparison, objectives: Iterable[float]) -> Comparison:
    both = (*found.ours, *((one, _own(found.case, one)) for one in objectives))
    return replace(found, ours=tuple(sorted(both, key=lambda one: one[0])))


def _own(case: Case, objective: float) -> Score:
    return run(case.trace, ours(case.trace, objective_s=objective), case.conditions)


def _at_equal_hours(found: Comparison, others: Iterable[Score]) -> Comparison:
    """The comparison with runs of ours at the hours of each of the others, until one has as many.

    The second search begins where the first one ended: hours are no straight line over objectives.
    """
    for hours in (other.hours for other in others):
        for _ in range(SEARCHES):
            if any(ALIKE >= one.hours / hours >= 1 / ALIKE for _, one in found.ours):
                break
            between = _objective_between(found, hours)
            if between is None or between in dict(found.ours):
                break
            found = _with(found, (between,))
    return found


def _objective_between(found: Comparison, hours: float) -> float | None:
    """The objective that needs these hours, between those that need more and no more (by its logarithm)."""
    dear = [(objective, score.hours) for objective, score in found.ours if score.hours > hours]
    cheap = [(objective, score.hours) for objective, score in found.ours if score.hours <= hours]
    if not dear or not cheap or max(dear) > min(cheap):
        return None
    (short, more), (long, fewer) = max(dear), min(cheap)
    return round(float(short * (long / short) ** ((more - hours) / (more - fewer))), 1)
