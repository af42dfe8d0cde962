"""Reads the scaler's last decisions and prints them."""

from datetime import UTC, datetime
from math import exp

from cli import aws, environment
from cli.exits import CommandError
from handlers.jobs.environment import text
from handlers.jobs.store.table import connect
from handlers.scaler.codec import dumps
from handlers.scaler.decision.demand import Need
from handlers.scaler.decision.estimate import RECENT
from handlers.scaler.ports import State, Taken
from handlers.scaler.state_store import TableStateStore

MINUTE_S = 60.0
_SOURCE = environment.from_outputs("table_name")


def explain(fleet: str, count: int, *, as_json: bool) -> None:
    """Print the last decisions, the newest first, and the state of the breakers.

    Raises:
        CommandError: The table cannot be read, or the fleet has no decision yet.
    """
    state = _state(fleet)
    if as_json:
        print(dumps(state.recent[:count]))
        return
    for taken in state.recent[:count]:
        _print_decision(taken)
    _print_state(state)


def _state(fleet: str) -> State:
    with environment.reading(_SOURCE) as variables:
        table = variables.get(environment.TABLE, text, "")
        region = variables.get(environment.REGION, text, "")
    with aws.making_clients():
        records = connect(table, region)
    with aws.calling():
        state = TableStateStore(records, fleet).read()
    if not state.version:
        raise CommandError(
            f"the table {table} has no decision for a fleet {fleet!r}; check the name, and for a new "
            "fleet wait a minute"
        )
    return state


def _print_decision(taken: Taken) -> None:
    need = taken.need
    print(f"{datetime.fromtimestamp(taken.at, UTC):%Y-%m-%d %H:%M:%S} UTC  {taken.reason}")
    print(f"    wait reason             {taken.code if taken.queued else 'none, nothing is queued'}")
    print(f"    arrivals                {_often(need.arrivals_per_s)}")
    print(f"    a boot takes            {need.boot_s:.0f} s, of which a new render works {need.work_s:.0f} s")
    dear = f"{need.late_start:.0f} s of an instance: wait_price x boot x {exp(need.pressure):.2f}"
    print(f"    price of a late start   {dear}")
    print(f"    pressure                {need.pressure:+.2f}: late starts raise it, punctual ones lower it")
    if need.beyond_help:
        print("    beyond help             more jobs came than the highest price had launched instances for,")
        print("                            so their late starts soon raise the price no more")
    print(f"    that price buys         {_bought(need)}")
    print(f"    expected after a boot   {need.load:.2f} in work, give or take {need.spread:.2f}")
    print(f"    wanted without limits   {need.instances} for the {need.because}; up to {need.keep} are kept")


def _often(per_s: float) -> str:
    """A rate as people count it."""
    if not per_s:
        return "none expected"
    return f"{per_s * MINUTE_S:.2f} a minute" if per_s * MINUTE_S >= 1 else f"one every {1 / per_s:.0f} s"


def _bought(need: Need) -> str:
    standby = f"{max(0.0, need.standby):.2f} standby"
    if need.next_gap_s is not None:
        seldom = f"another would be wanted every {need.next_gap_s:.0f} s"
        return f"{standby}; {seldom}, too seldom beside renders that end in time"
    if not need.arrivals_per_s:
        return f"{standby}; no arrivals are expected"
    return f"{standby}; another would cost more than twice what an instance per job does"


def _print_state(state: State) -> None:
    memory, history = state.memory, state.history
    for name, breaker in (("capacity", memory.capacity), ("fleet", memory.fleet), ("spot", memory.spot)):
        print(f"breaker {name:9} {breaker.circuit.value}{f' ({breaker.cause})' if breaker.cause else ''}")
    late, lost = history.lateness.late, history.lateness.beyond_help
    starts = (
        f"{late.mean:.1%} of the last {min(late.count, RECENT):.0f}, {lost.mean:.1%} beyond help at any price"
    )
    print(f"late starts       {starts if late.count else 'none, nothing has started yet'}")
    boots = f"{history.boot.count:.0f}, mean {history.boot.mean:.0f} s"
    print(f"boots measured    {boots if history.boot.count else 'none, boot_s is believed'}")
