"""A snapshot that can be reckoned with, whatever clocks, counters and an older state came up with.

What is no number would otherwise stop the scaler at every look, for it is remembered from one to the next.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from itertools import chain
from math import hypot, isnan
from types import MappingProxyType
from typing import TypeVar, cast

from handlers.scaler.decision.estimate import Estimate
from handlers.scaler.decision.history import LARGEST
from handlers.scaler.decision.load.arrivals import Histogram
from handlers.scaler.decision.price import LEAST, MOST
from handlers.scaler.decision.snapshot import Instance, Snapshot, Stage

MOST_JOBS = 10**9
CAREFUL = (
    Stage.BUSY,
    Stage.LEAVING,
    Stage.DRAINING,
    Stage.IDLE,
    Stage.REGISTERED,
    Stage.ONLINE,
    Stage.LAUNCHED,
)
"""Of two views of one instance, the one that allows less is believed."""

T = TypeVar("T")


def sanitized(snapshot: Snapshot) -> Snapshot:
    """The snapshot itself, or one in which each impossible number is the nearest possible one."""
    if _is_plausible(snapshot):
        return snapshot
    tamed = _tamed(snapshot)
    history, memory, surge = tamed.history, tamed.memory, tamed.memory.surge
    lateness, errors = history.lateness, memory.errors
    return replace(
        tamed,
        queued=max(0, tamed.queued),
        oldest_s=max(0.0, tamed.oldest_s),
        desired=max(0, tamed.desired),
        instances=_each_once(tamed.instances),
        history=replace(
            history,
            arrived=_in_order(history.arrived),
            served=tuple(max(0.0, count) for count in history.served),
            ended=replace(history.ended, count=max(0.0, history.ended.count)),
            boot=_not_negative(history.boot),
            lateness=replace(
                lateness,
                late=_not_negative(lateness.late),
                beyond_help=_not_negative(lateness.beyond_help),
                pressure=min(max(lateness.pressure, LEAST), MOST),
            ),
        ),
        memory=replace(
            memory,
            boot_success=min(max(memory.boot_success, 0.0), 1.0),
            boots=max(0.0, memory.boots),
            gaps=tuple(max(0.0, gap) for gap in memory.gaps),
            surge=replace(
                surge,
                usual=max(0.0, surge.usual),
                risen=max(0.0, surge.risen),
                lasting=min(max(0.0, surge.lasting), 1.0),
                count=max(0.0, surge.count),
            ),
            errors=replace(
                errors,
                mean=max(0.0, errors.mean),
                variance=max(0.0, errors.variance),
                affordable=max(0, errors.affordable),
                spread=max(0.0, errors.spread),
                count=max(0.0, errors.count),
            ),
            members=max(0, memory.members),
        ),
    )


def _is_plausible(snapshot: Snapshot) -> bool:
    history, memory, instances = snapshot.history, snapshot.memory, snapshot.instances
    counts = [snapshot.queued, snapshot.desired, memory.members, memory.errors.affordable]
    sizes = [one.instants for one in history.arrived] + [one.jobs for one in history.arrived]
    began = [one.began for one in history.arrived]
    quantities = _quantities(snapshot)
    # A sum of what is not negative is no less than its terms. A vector is no shorter than its components,
    # and its length is no number where one of them is none.
    return (
        min(counts) >= 0
        and min(sizes, default=1) >= 1
        and sum(counts) + sum(sizes) <= MOST_JOBS
        and len({one.id for one in instances}) == len(instances)
        and LEAST <= history.lateness.pressure <= MOST
        and began == sorted(began)
        and memory.boot_success <= 1
        and min(quantities) >= 0
        and hypot(*quantities, *began, *_times(snapshot)) <= LARGEST
    )


def _quantities(snapshot: Snapshot) -> list[float]:
    history, memory = snapshot.history, snapshot.memory
    numbers = [snapshot.oldest_s, memory.boot_success, memory.boots, *memory.gaps]
    numbers += (memory.surge.usual, memory.surge.risen, memory.surge.lasting, memory.surge.count)
    errors, lateness = memory.errors, history.lateness
    numbers += (
        errors.mean,
        errors.variance,
        errors.spread,
        errors.count,
        *history.served,
        history.ended.count,
    )
    for one in (history.boot, lateness.late, lateness.beyond_help):
        numbers += (one.count, one.mean)
    return numbers


def _times(snapshot: Snapshot) -> list[float]:
    history, memory = snapshot.history, snapshot.memory
    numbers = [snapshot.taken_at, history.ended.mean, *memory.replaced]
    numbers += [one.launched_at for one in snapshot.instances]
    numbers += [one.since for one in snapshot.instances]
    numbers += [one.silent_s for one in snapshot.instances]
    numbers += [time for boot in history.booting.values() for time in (boot.launched_at, boot.since)]
    numbers += chain.from_iterable((*memory.peaks, *memory.jobs, *memory.launched))
    numbers += (memory.capacity.since, memory.fleet.since, memory.spot.since)
    optional = (
        memory.errors.due,
        memory.unfulfilled_since,
        memory.surge.since,
        memory.last_out,
        memory.last_in,
    )
    return numbers + [time for time in optional if time is not None]


def _tamed(value: T) -> T:
    """The value with every number in it finite and within what is thinkable."""
    return cast("T", _tame(value))


def _tame(value: object) -> object:
    if isinstance(value, float):
        return 0.0 if isnan(value) else min(max(value, -LARGEST), LARGEST)
    if isinstance(value, int) and not isinstance(value, bool):
        return min(max(value, -MOST_JOBS), MOST_JOBS)
    if isinstance(value, tuple):
        return tuple(map(_tame, value))
    if isinstance(value, Mapping):
        return MappingProxyType({key: _tame(inner) for key, inner in value.items()})
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: _tame(getattr(value, one.name)) for one in fields(value)})
    return value


def _not_negative(one: Estimate) -> Estimate:
    return Estimate(count=max(0.0, one.count), mean=max(0.0, one.mean))


def _in_order(arrived: Histogram) -> Histogram:
    kept = [replace(one, instants=max(1, one.instants), jobs=max(1, one.jobs)) for one in arrived]
    return tuple(sorted(kept, key=lambda one: one.began))


def _each_once(instances: tuple[Instance, ...]) -> tuple[Instance, ...]:
    by_care = sorted(instances, key=lambda one: CAREFUL.index(one.stage))
    chosen: dict[str, Instance] = {}
    for one in by_care:
        chosen.setdefault(one.id, one)
    return tuple(one for one in instances if chosen[one.id] is one)
