"""What the console knows of one fleet, and how it is read: five calls a fleet."""

from dataclasses import dataclass

from cli.fleet.status import FleetStatus, status_with
from cli.fleet.waiting import Waiting, waiting_in
from cli.stack_place import StackPlace
from cli.trace.calls import Calls
from handlers.jobs.store.table import Table
from handlers.scaler.ports import State
from handlers.scaler.state_store import TableStateStore

CALLS_A_FLEET = 5
"""Group, workers, last decision, the scaler's memory, queue; more only where a page exceeds one megabyte, or
more renders are queued than `waiting.MOST_QUEUED`."""


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
    waiting = waiting_in(table, fleet)
    status = status_with(waiting, fleet, place, calls)
    scaler = TableStateStore(table, fleet).read()
    return FleetFacts(
        status=status,
        scaler=scaler,
        waiting=waiting.renders,
        more=waiting.more,
        unreadable=(*status.unreadable, *scaler.lost),
    )
