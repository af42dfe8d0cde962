"""No number of a snapshot passes the quick check that the careful one would change."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from math import inf, nan
from types import MappingProxyType

import pytest

from handlers.scaler.decision import Instance, Snapshot, Stage, sanitize
from handlers.scaler.decision.estimate import Estimate
from handlers.scaler.decision.history import LARGEST, Boot, History
from handlers.scaler.decision.load.arrivals import Arrivals
from handlers.scaler.decision.load.forecast import Errors
from handlers.scaler.decision.load.surges import Surge
from handlers.scaler.decision.memory import Breaker, Memory

NOW = 1_700_000_000.0
Step = str | int
FULL = Snapshot(
    taken_at=NOW,
    queued=3,
    oldest_s=4.0,
    desired=2,
    instances=(Instance(id="i-1", stage=Stage.IDLE, launched_at=NOW - 300, since=NOW - 60, silent_s=2.0),),
    history=History(
        arrived=(Arrivals(began=NOW - 9, instants=2, jobs=3),),
        served=(1.0,) * 44,
        ended=Estimate(count=3, mean=NOW - 5),
        boot=Estimate(count=2, mean=120),
        booting=MappingProxyType({"i-2": Boot(launched_at=NOW - 50, stage="launched", since=NOW - 50)}),
    ),
    memory=Memory(
        fleet=Breaker(since=NOW - 40),
        peaks=((NOW - 30, 2),),
        jobs=((NOW - 30, 1),),
        gaps=(1.0,) * 13,
        errors=Errors(due=NOW + 9, mean=1.0, variance=1.0, affordable=3, count=4),
        surge=Surge(since=NOW - 3, usual=0.1, risen=0.3, lasting=0.5, count=2),
        replaced=(NOW - 20,),
        launched=((NOW - 8, 1),),
        unfulfilled_since=NOW - 8,
        members=2,
        last_out=NOW - 8,
        last_in=NOW - 90,
    ),
)


def numbers(value: object, path: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    """The places of all numbers."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield path
    elif isinstance(value, tuple):
        for n, inner in enumerate(value):
            yield from numbers(inner, (*path, n))
    elif is_dataclass(value):
        for one in fields(value):
            yield from numbers(getattr(value, one.name), (*path, one.name))


def changed(value: object, path: tuple[Step, ...], number: float) -> object:
    """The value with another number at a place."""
    if not path:
        return number
    first, *rest = path
    if isinstance(value, tuple):
        assert isinstance(first, int)
        return (*value[:first], changed(value[first], tuple(rest), number), *value[first + 1 :])
    return replace(value, **{str(first): changed(getattr(value, str(first)), tuple(rest), number)})  # type: ignore[type-var]


@pytest.mark.parametrize("number", [nan, inf, -inf, 2 * LARGEST, -2 * LARGEST, -1])
def test_a_number_that_cannot_be_is_seen_wherever_it_stands(
    number: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sanitize.sanitized(FULL) is FULL
    places = list(numbers(FULL))
    assert len(places) > 100
    tamed = [sanitize.sanitized(changed(FULL, place, number)) for place in places]  # type: ignore[arg-type]
    monkeypatch.setattr(sanitize, "_is_plausible", lambda _: False)
    left = [place for place, one in zip(places, tamed, strict=True) if sanitize.sanitized(one) != one]
    assert not left
