"""The traces on which the scaler is judged, with and without faults, and traces that a user names."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from simulator.conditions import Conditions, Faults
from simulator.generators import Bursts, Daily, Design, Flash, Poisson, Recipe, Work
from simulator.trace import Trace, read
from simulator.unseen import DailyBatch, Drift, Lone, Mixed, Modulated, Renewal, SelfSimilar, Steady

HALF_HOUR_S = 1800.0

SCENARIOS: dict[str, Recipe] = {
    "design": Design(share=0.1, days=3),
    "short": Poisson(name="short", per_hour=1200, hours=18, work=Work(median_s=8, p95_s=25)),
    "long": Daily(name="long", low=20, high=150, days=5, work=Work(median_s=900, p95_s=3000)),
    "bursts": Bursts(hours=72),
    "daily": Daily(days=1),
    "flash": Flash(hours=48),
}

UNSEEN: dict[str, Recipe] = {
    one.name: one
    for one in (
        Lone(seed=2),
        DailyBatch(seed=2),
        Steady(seed=2),
        Mixed(seed=2),
        Mixed(name="three scales", per_minute=4, scales_s=(12, 180, 2_400), shares=(0.7, 0.25, 0.05), seed=2),
        Renewal(seed=2),
        Modulated(seed=2),
        SelfSimilar(seed=2),
        Drift(seed=2),
    )
}
"""Kinds of load: what is tuned is tuned on the first half of each trace and judged by the other."""

KIND_SEED = 2
"""The first of the seeds from which the traces of a kind of load are made."""

KINDS: dict[str, Callable[..., Recipe]] = {
    "design": Design,
    "poisson": Poisson,
    "daily": Daily,
    "bursts": Bursts,
    "flash": Flash,
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A trace and the world in which it is played.

    A `kind` of load is for judgement: what is tuned is tuned on one half of it and judged by the other.
    The seed is that of the trace; a file has none.
    """

    name: str
    trace: Trace
    conditions: Conditions
    kind: bool = False
    seed: int | None = None

    @property
    def halves(self) -> tuple["Case", "Case"]:
        """The trace until the middle of its time, and from there on."""
        first, second = self.trace.halves
        return replace(self, trace=first, kind=False), replace(self, trace=second)


def with_faults(conditions: Conditions, trace: Trace) -> Conditions:
    """Two percent of boots fail, spot instances are taken back, and AWS launches nothing for half an hour.

    The stall begins in the busiest hour, where it hurts most.
    """
    busiest = _busiest_hour(trace)
    return replace(
        conditions,
        faults=Faults(
            boot_failures=0.02,
            interruptions_per_hour=0.02,
            stalls=((busiest, busiest + HALF_HOUR_S),),
            duplicates=0.01,
        ),
    )


def cases(names: tuple[str, ...], *, faults: bool, seed: int | None = None, seeds: int = 1) -> list[Case]:
    """The named scenarios without faults, and with them when wanted; a seed makes others of the same kind.

    Of each kind of load there are so many traces, from consecutive seeds, to be judged together.
    """
    first = KIND_SEED if seed is None else seed
    made: list[Case] = []
    for name in names:
        if name in UNSEEN:
            made += [
                Case(name=name, trace=named(name, one), conditions=Conditions(), kind=True, seed=one)
                for one in range(first, first + seeds)
            ]
            continue
        trace = named(name, seed)
        made.append(Case(name=trace.name, trace=trace, conditions=Conditions(), seed=seed))
        if faults:
            faulty = with_faults(Conditions(), trace)
            made.append(Case(name=f"{trace.name} + faults", trace=trace, conditions=faulty, seed=seed))
    return made


def named(text: str, seed: int | None = None) -> Trace:
    """A scenario's name, a CSV file, or a generator such as `bursts:loud=900,hours=24,median_s=30`.

    Raises:
        ValueError: it is none of the three, or a file or a generator for which a seed is given as well.
    """
    known = SCENARIOS | UNSEEN
    if text in known:
        recipe = known[text]
        return recipe.trace() if seed is None else replace(recipe, seed=seed).trace()
    if seed is not None:
        raise ValueError(f"a seed is for scenarios, {text!r} is none ({', '.join(known)})")
    if Path(text).is_file():
        return read(Path(text))
    kind, _, options = text.partition(":")
    if kind not in KINDS:
        raise ValueError(
            f"{text!r} is no trace: give a scenario ({', '.join(known)}), a CSV file, "
            f"or a generator with numbers ({', '.join(KINDS)}), for example poisson:per_hour=300,hours=12"
        )
    return _recipe(kind, options).trace()


def _recipe(kind: str, options: str) -> Recipe:
    plain = KINDS[kind]()
    numbers = {one.name for one in fields(plain)} - {"name", "work"}
    works = {one.name for one in fields(Work)}
    given: dict[str, float] = {}
    for option in filter(None, options.split(",")):
        name, _, value = option.partition("=")
        if name not in numbers | works:
            raise ValueError(f"{kind} knows no {name!r}; it knows {', '.join(sorted(numbers | works))}")
        try:
            given[name] = float(value)
        except ValueError as error:
            raise ValueError(f"{name} of {kind} is {value!r}, must be a number") from error
    work = replace(plain.work, **{name: value for name, value in given.items() if name in works})
    rest = {name: int(value) if name == "seed" else value for name, value in given.items() if name in numbers}
    return KINDS[kind](work=work, **rest)


def _busiest_hour(trace: Trace) -> float:
    counts = np.bincount((trace.arrival // 3600).astype(int))
    return float(np.argmax(counts) * 3600)
