"""What the console knows of one fleet, and how it is read: five calls a fleet."""

from dataclasses import dataclass
from itertools import islice

from cli.fleet.status import FleetStatus, status_of
from cli.stack_place import StackPlace
from cli.trace.calls import Calls
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Item
from handlers.jobs.store.items import job_from_item
from handlers.jobs.store.reading import UnreadableItemError, readable
from handlers.jobs.store.table import Condition, Query, Table, equal
from handlers.scaler.ports import State
from handlers.scaler.state_store import TableStateStore

CALLS_A_FLEET = 5
"""Group, workers, last decision, the scaler's memory, queue; more only where a page exceeds one megabyte, or
the queue has more than `MOST_QUEUED`."""
MOST_QUEUED = 1000
"""Renders of a queue that are read: about a megabyte."""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A queued render and since when it waits, in seconds since the epoch."""

    render: str
    since: float


@dataclass(frozen=True, kw_only=True)
class FleetFacts:
    """One fleet; `waiting` has the longest waiting first, and not all of them where `more` wait."""

    status: FleetStatus
    scaler: State
    waiting: tuple[Waiting, ...]
    more: bool = False
    unreadable: tuple[str, ...] = ()
    """What holds what this service never writes, in the words of its error."""


def facts_of(fleet: str, place: StackPlace, calls: Calls) -> FleetFacts:
    """Read one fleet."""
    table = Table(calls.dynamodb(), place.store.table)
    status = status_of(fleet, place, calls)
    items = _queued(table, fleet)
    scaler = TableStateStore(table, fleet).read()
    problems: list[UnreadableItemError] = []
    since = {
        job.id: job.enqueued_at or job.created_at for job in readable(items, job_from_item, problems.append)
    }
    return FleetFacts(
        status=status,
        scaler=scaler,
        waiting=tuple(
            Waiting(render=render, since=at) for render, at in sorted(since.items(), key=lambda one: one[1])
        ),
        more=len(items) > MOST_QUEUED,
        unreadable=(*status.unreadable, *map(str, problems), *scaler.lost),
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
