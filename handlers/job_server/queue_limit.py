"""Limits a tenant's queued renders in a fleet, also when many submissions arrive at once.

A count alone does not: forty concurrent submissions count the same five renders and all pass. So each
reserves a slot in this process before its render is written, and reserved slots count too. In one process
the limit is exact, except for writes that the index does not show yet, usually of some ten milliseconds.
Processes do not know each other's slots, so `n` processes accept at most `n` times the limit.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition
from typing import Final

ROUNDS: Final = 4
"""Counts for one submission; a second one is needed when renders that are being written fill the queue."""

LARGE: Final = 10_000
KEEP_SECONDS: Final = 5.0
"""Counting this many takes several calls and hundreds of read units, so the count is shared for this long."""

Count = Callable[[str, str], int]


class QueueFullError(Exception):
    """The tenant has reached its limit of waiting renders."""


@dataclass(eq=False)
class _Slot:
    """A render that counts may miss: counts before `shown_from`, and all counts until it is written."""

    shown_from: int | None = None


@dataclass(eq=False)
class _Queue:
    """A tenant's queued renders in a fleet: the latest count, by its number, and the reserved slots."""

    users: int = 0
    begun: int = 0
    ended: int = 0
    counted: int = 0
    counted_at: float = 0.0
    counting: bool = False
    settled: int = 0
    slots: set[_Slot] = field(default_factory=set)

    @property
    def being_written(self) -> bool:
        return any(slot.shown_from is None for slot in self.slots)

    def settle(self, slot: _Slot, *, written: bool) -> None:
        if written:
            slot.shown_from = self.begun + 1
        else:
            self.slots.discard(slot)
        self.settled += 1

    def note(self, number: int, counted: int, at: float) -> None:
        self.ended, self.counted, self.counted_at = number, counted, at
        self.slots = {slot for slot in self.slots if slot.shown_from is None or slot.shown_from > number}


class QueueLimit:
    """The limit of every tenant in every fleet, as one process keeps it. Any thread may ask."""

    def __init__(self, count: Count, limit: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._count, self._limit, self._clock = count, limit, clock
        self._queues: dict[tuple[str, str], _Queue] = {}
        self._changed = Condition()

    @contextmanager
    def slot(self, tenant: str, fleet: str) -> Iterator[None]:
        """Reserve room for one render, which is written inside the context or not at all.

        Raises:
            QueueFullError: there is none.
        """
        queue = self._enter(tenant, fleet)
        try:
            slot = self._reserve(queue, tenant, fleet)
            written = False
            try:
                yield
                written = True
            finally:
                with self._changed:
                    queue.settle(slot, written=written)
                    self._changed.notify_all()
        finally:
            self._leave(queue, tenant, fleet)

    def _reserve(self, queue: _Queue, tenant: str, fleet: str) -> _Slot:
        for _ in range(ROUNDS):
            self._count_anew(queue, tenant, fleet)
            with self._changed:
                if queue.counted + len(queue.slots) < self._limit:
                    slot = _Slot()
                    queue.slots.add(slot)
                    return slot
                if queue.counted >= self._limit:
                    break
                # Renders being written may be in the count already, or may fail; the next count tells.
                self._wait_for_one(queue)
        raise QueueFullError(f"You have {self._limit} renders waiting for fleet {fleet}, the maximum")

    def _wait_for_one(self, queue: _Queue) -> None:
        """Wait until one of the renders that are being written is done."""
        settled = queue.settled
        self._changed.wait_for(lambda: queue.settled != settled or not queue.being_written)

    def _count_anew(self, queue: _Queue, tenant: str, fleet: str) -> None:
        """Return a count that began after this call, or a recent large one; callers share it."""
        with self._changed:
            needed = queue.begun + 1
        while True:
            with self._changed:
                self._changed.wait_for(lambda: not queue.counting)
                if queue.ended >= needed or self._is_kept(queue):
                    return
                queue.counting, queue.begun = True, queue.begun + 1
                number, at = queue.begun, self._clock()
            counted = None
            try:
                counted = self._count(tenant, fleet)
            finally:
                with self._changed:
                    queue.counting = False
                    if counted is not None:
                        queue.note(number, counted, at)
                    self._changed.notify_all()

    def _is_kept(self, queue: _Queue) -> bool:
        return queue.counted >= LARGE and self._clock() - queue.counted_at < KEEP_SECONDS

    def _enter(self, tenant: str, fleet: str) -> _Queue:
        with self._changed:
            queue = self._queues.setdefault((tenant, fleet), _Queue())
            queue.users += 1
            return queue

    def _leave(self, queue: _Queue, tenant: str, fleet: str) -> None:
        """Forget a queue that nobody uses, unless its count was worth keeping."""
        with self._changed:
            queue.users -= 1
            if not queue.users and not self._is_kept(queue):
                del self._queues[tenant, fleet]
