"""Clocks that were set back: what was noted under one that was ahead counts as noted now.

Otherwise a breaker would stay open, and an unwanted instance would stay, until time has caught up.
"""

from dataclasses import replace

from handlers.scaler.decision.memory import Breaker, Memory
from handlers.scaler.decision.snapshot import Snapshot

Pairs = tuple[tuple[float, int], ...]


def none_ahead(snapshot: Snapshot) -> Snapshot:
    """The snapshot itself, or one in which nothing that is remembered lies in the future."""
    now, memory = snapshot.taken_at, snapshot.memory
    if max(_noted(memory)) > now:
        snapshot = replace(snapshot, memory=_set_back(memory, now))
    if [one for one in snapshot.instances if one.since > now or one.launched_at > now]:
        seen = (
            replace(one, since=min(one.since, now), launched_at=min(one.launched_at, now))
            for one in snapshot.instances
        )
        snapshot = replace(snapshot, instances=tuple(seen))
    return snapshot


def _noted(memory: Memory) -> list[float]:
    times = [memory.capacity.since, memory.fleet.since, memory.spot.since]
    times += [time for time, _ in (*memory.peaks, *memory.jobs, *memory.launched)]
    once = (memory.unfulfilled_since, memory.surge.since, memory.last_out, memory.last_in)
    return [*times, *memory.replaced, *[time for time in once if time is not None]]


def _set_back(memory: Memory, now: float) -> Memory:
    def once(time: float | None) -> float | None:
        return None if time is None else min(time, now)

    def breaker(one: Breaker) -> Breaker:
        return replace(one, since=min(one.since, now))

    def pairs(noted: Pairs) -> Pairs:
        return tuple((min(time, now), number) for time, number in noted)

    return replace(
        memory,
        capacity=breaker(memory.capacity),
        fleet=breaker(memory.fleet),
        spot=breaker(memory.spot),
        peaks=pairs(memory.peaks),
        jobs=pairs(memory.jobs),
        launched=pairs(memory.launched),
        replaced=tuple(min(time, now) for time in memory.replaced),
        unfulfilled_since=once(memory.unfulfilled_since),
        surge=replace(memory.surge, since=once(memory.surge.since)),
        last_out=once(memory.last_out),
        last_in=once(memory.last_in),
    )
