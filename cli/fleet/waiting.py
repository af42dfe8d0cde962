"""The renders that wait in a fleet's two queues, as the table has them."""

from collections import Counter
from dataclasses import dataclass
from itertools import islice

from handlers.jobs.model import Priority
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Item
from handlers.jobs.store.items import job_from_item
from handlers.jobs.store.reading import UnreadableItemError, readable
from handlers.jobs.store.table import Condition, Query, Table, equal

MOST_QUEUED = 1000
"""Renders of a fleet that are read: about a megabyte."""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A queued render, its queue, and since when it waits, in seconds since the epoch."""

    render: str
    since: float
    priority: Priority


@dataclass(frozen=True, kw_only=True)
class Queues:
    """How many renders wait in each queue of a fleet; at least so many where there are `more`."""

    normal: int = 0
    bulk: int = 0
    more: bool = False

    def __str__(self) -> str:
        plus = "+" if self.more else ""
        return f"{self.normal}{plus} normal, {self.bulk}{plus} bulk"


@dataclass(frozen=True, kw_only=True)
class WaitingRenders:
    """The longest waiting first, and not all of them where `more` wait."""

    renders: tuple[Waiting, ...]
    more: bool
    unreadable: tuple[str, ...]
    """What holds what this service never writes, in the words of its error."""

    @property
    def queues(self) -> Queues:
        """The counts of both queues."""
        counts = Counter(one.priority for one in self.renders)
        return Queues(normal=counts[Priority.NORMAL], bulk=counts[Priority.BULK], more=self.more)


def waiting_in(table: Table, fleet: str) -> WaitingRenders:
    """Read the queued renders of a fleet, with one call as a rule."""
    items = _queued(table, fleet)
    problems: list[UnreadableItemError] = []
    found = {
        job.id: Waiting(render=job.id, since=job.enqueued_at or job.created_at, priority=job.priority)
        for job in readable(items, job_from_item, problems.append)
    }
    return WaitingRenders(
        renders=tuple(sorted(found.values(), key=lambda one: one.since)),
        more=len(items) > MOST_QUEUED,
        unreadable=tuple(map(str, problems)),
    )


def _queued(table: Table, fleet: str) -> list[Item]:
    """The queued renders: those whose message was sent the longest ago, then those without a message.

    Of a queue that is too long to be read whole, also the first of those without a message: it stands behind
    all others, however long it has waited.
    """
    pk = keys.queued_pk(fleet)
    whole = Query(index=keys.BY_STATE, match=equal(state_pk=pk), page=MOST_QUEUED + 1)
    items = list(islice(table.query(whole), MOST_QUEUED + 1))
    if len(items) <= MOST_QUEUED:
        return items
    unsent = Condition("#state_pk = :pk AND #state_sk >= :unsent", {":pk": pk, ":unsent": keys.UNSENT})
    first = table.query(Query(index=keys.BY_STATE, match=unsent, page=1))
    return [*items, *islice(first, 1)]
