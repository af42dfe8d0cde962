"""What the overview knows of one fleet, and how it is read: five calls a fleet."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from cli.fleet.status import FleetStatus, status_of
from cli.stack_place import StackPlace
from cli.trace.calls import Calls
from handlers.jobs.store import keys
from handlers.jobs.store.items import job_from_item
from handlers.jobs.store.reading import readable, untold
from handlers.jobs.store.table import Query, Table, equal
from handlers.scaler.ports import State
from handlers.scaler.state_store import TableStateStore
from local.stack.stack_file import config_of

CALLS_A_FLEET = 5
"""Group, workers, last decision, the scaler's memory, queue; more only where a page exceeds one megabyte."""
MOST_QUEUED = 100
"""Renders of a queue that are read."""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A queued render and since when it waits, in seconds since the epoch."""

    render: str
    since: float


@dataclass(frozen=True, kw_only=True)
class FleetFacts:
    """One fleet; `waiting` has at most `MOST_QUEUED`, the longest waiting first."""

    status: FleetStatus
    scaler: State
    waiting: tuple[Waiting, ...]


def facts_of(fleet: str, place: StackPlace, calls: Calls) -> FleetFacts:
    """Read one fleet."""
    table = Table(calls.dynamodb(), place.store.table)
    query = Query(index=keys.BY_STATE, match=equal(state_pk=keys.queued_pk(fleet)), page=MOST_QUEUED)
    jobs = readable(list(islice(table.query(query), MOST_QUEUED)), job_from_item, untold)
    waiting = [Waiting(render=job.id, since=job.enqueued_at or job.created_at) for job in jobs]
    return FleetFacts(
        status=status_of(fleet, place, calls),
        scaler=TableStateStore(table, fleet).read(),
        waiting=tuple(sorted(waiting, key=lambda one: one.since)),
    )


def objectives_of(stack: str) -> dict[str, float]:
    """Within how many seconds a render of each fleet should start, by the stack file."""
    fleets = config_of(stack).get("clip-it:fleets")
    found: dict[str, float] = {}
    for name, settings in fleets.items() if isinstance(fleets, Mapping) else ():
        scaling = settings.get("scaling") if isinstance(settings, Mapping) else None
        objective = scaling.get("wait_objective_s") if isinstance(scaling, Mapping) else None
        if isinstance(objective, int | float):
            found[str(name)] = float(objective)
    return found
