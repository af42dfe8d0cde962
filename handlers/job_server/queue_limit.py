"""Limits a tenant's queued renders in a fleet, also when many submissions arrive at once.

A count alone does not: forty concurrent submissions count the same five renders and all pass. So each
reserves a slot in this process before its render is written, and reserved slots count too.

A count serves for `KEEP_SECONDS`, as long as it leaves room for the slots that were reserved since; a full
queue is counted again. In one process the limit is exact, except for renders that the index does not show
yet, usually those of some ten milliseconds. Processes do not know each other's slots: each lets in at most
the limit on one count, so `n` processes accept at most `n` times the limit, and no more once each has
counted again.
"""

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf
from threading import Condition
from typing import Final

ROUNDS: Final = 4
"""Counts for one submission; a second one is needed when renders that are being written fill the queue."""

KEEP_SECONDS: Final = 5.0
"""How long a count serves: each is a call, and reads half a unit for some thirty renders."""
LARGE: Final = 10_000
"""Counting this many takes several calls and hundreds of read units, so a large count serves as long for
refusals too."""
MOST_QUEUES: Final = 1_000
"""Queues whose count is kept while nobody uses it."""

Count = Callable[[str, str, int], int]
"""How many renders of a tenant wait in a fleet; counting stops at a number."""


class QueueFullError(Exception):
    """The tenant has reached its limit of waiting renders."""


@dataclass(eq=False)
class _Queue:
    """A tenant's queued renders in a fleet: the latest count, by its number, and the slots reserved since.

    Counts miss a render that is being written. One that is written is missed by counts before `shown_from`,
    the number of the first that began after that.
    """

    users: int = 0
    begun: int = 0
    ended: int = 0
    counted: int = 0
    counted_to: int = 0
    counted_at: float = -inf
    counting: bool = False
    settled: int = 0
    being_written: int = 0
    written: Counter[int] = field(default_factory=Counter)
    """How many were written, by their `shown_from`."""

    @property
    def slots(self) -> int:
        return self.being_written + self.written.total()

    def settle(self, renders: int, *, written: bool) -> None:
        self.being_written -= renders
        self.settled += 1
        if written:
            self.written[self.begun + 1] += renders

    def note(self, number: int, counted: int, counted_to: int, at: float) -> None:
        self.ended, self.counted, self.counted_to, self.counted_at = number, counted, counted_to, at
        self.written = Counter({first: many for first, many in self.written.items() if first > number})


class QueueLimit:
    """The limit of every tenant in every fleet, as one process keeps it. Any thread may ask."""

    def __init__(self, count: Count, limit: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._count, self._limit, self._clock = count, limit, clock
        self._queues: OrderedDict[tuple[str, str], _Queue] = OrderedDict()
        self._changed = Condition()

    @contextmanager
    def slot(self, tenant: str, fleet: str, renders: int = 1, *, limit: int | None = None) -> Iterator[None]:
        """Reserve room for renders, which are written inside the context or not at all.

        Of several, some may be written before an error: they count as written until the next count tells.

        `limit` is the tenant's own, where it has one.

        Raises:
            QueueFullError: there is not enough.
        """
        queue = self._enter(tenant, fleet)
        try:
            self._reserve(queue, tenant, fleet, renders, self._limit if limit is None else limit)
            written = renders > 1
            try:
                yield
                written = True
            finally:
                with self._changed:
                    queue.settle(renders, written=written)
                    self._changed.notify_all()
        finally:
            self._leave(queue, tenant, fleet)

    def _reserve(self, queue: _Queue, tenant: str, fleet: str, renders: int, limit: int) -> None:
        for _ in range(ROUNDS):
            self._count_anew(queue, tenant, fleet, renders, limit)
            with self._changed:
                if _has_room(queue, renders, limit):
                    queue.being_written += renders
                    return
                if queue.counted + renders > limit:
                    break
                # Renders being written may be in the count already, or may fail; the next count tells.
                self._wait_for_one(queue)
        raise QueueFullError(
            f"You have {limit} renders waiting for fleet {fleet}, the maximum"
            if renders == 1
            else f"You have {queue.counted} renders waiting for fleet {fleet}, and at most {limit} may "
            f"wait, so there is no room for {renders} more"
        )

    def _wait_for_one(self, queue: _Queue) -> None:
        """Wait until one of the renders that are being written is done."""
        settled = queue.settled
        self._changed.wait_for(lambda: queue.settled != settled or not queue.being_written)

    def _count_anew(self, queue: _Queue, tenant: str, fleet: str, renders: int, limit: int) -> None:
        """Return a count that began after this call, or one that still serves; callers share it."""
        with self._changed:
            needed = queue.begun + 1
        while True:
            with self._changed:
                self._changed.wait_for(lambda: not queue.counting)
                is_new = queue.ended >= needed and queue.counted_to >= limit
                if is_new or self._serves(queue, renders, limit):
                    return
                queue.counting, queue.begun = True, queue.begun + 1
                number, at = queue.begun, self._clock()
            counted = None
            try:
                counted = self._count(tenant, fleet, limit)
            finally:
                with self._changed:
                    queue.counting = False
                    if counted is not None:
                        queue.note(number, counted, limit, at)
                    self._changed.notify_all()

    def _serves(self, queue: _Queue, renders: int, limit: int) -> bool:
        """Whether the latest count still answers a submission: not one that stopped at a smaller limit."""
        whole = queue.counted < queue.counted_to or limit <= queue.counted_to
        enough = queue.counted >= LARGE or _has_room(queue, renders, limit)
        return self._is_recent(queue) and whole and enough

    def _is_recent(self, queue: _Queue) -> bool:
        return self._clock() - queue.counted_at < KEEP_SECONDS

    def _enter(self, tenant: str, fleet: str) -> _Queue:
        with self._changed:
            queue = self._queues.setdefault((tenant, fleet), _Queue())
            self._queues.move_to_end((tenant, fleet))
            queue.users += 1
            return queue

    def _leave(self, queue: _Queue, tenant: str, fleet: str) -> None:
        """Forget the queues that nobody uses, but for those with a recent count, and of these the oldest."""
        with self._changed:
            queue.users -= 1
            if not queue.users and not self._is_recent(queue):
                del self._queues[tenant, fleet]
            if len(self._queues) > MOST_QUEUES:
                unused = next((name for name, one in self._queues.items() if not one.users), None)
                if unused:
                    del self._queues[unused]


def _has_room(queue: _Queue, renders: int, limit: int) -> bool:
    return queue.counted + queue.slots + renders <= limit
