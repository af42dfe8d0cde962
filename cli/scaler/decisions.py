"""Reads the scaler's last decisions and prints them."""

from datetime import UTC, datetime
from math import exp

from cli import aws, environment
from cli.exits import CommandError
from handlers.jobs.environment import text
from handlers.jobs.store.table import connect
from handlers.scaler.codec import dumps
from handlers.scaler.decision.demand import Need
from handlers.scaler.ports import State, Taken
from handlers.scaler.state_store import TableStateStore

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
        raise CommandError(f"the table {table} has no decision for a fleet {fleet!r} yet")
    return state


def _print_decision(taken: Taken) -> None:
    need = taken.need
    print(f"{datetime.fromtimestamp(taken.at, UTC):%Y-%m-%d %H:%M:%S} UTC  {taken.reason}")
    print(f"    wait reason             {taken.code}")
    print(f"    arrivals                {need.arrivals_per_s * 60:.2f} a minute")
    print(f"    a boot takes            {need.boot_s:.0f} s, of which a new render works {need.work_s:.0f} s")
    dear = f"{need.late_start:.0f} s of an instance: wait_price x boot x {exp(need.pressure):.2f}"
    print(f"    price of a late start   {dear}")
    print(f"    pressure                {need.pressure:+.2f}: late starts raise it, punctual ones lower it")
    if need.beyond_help:
        print("    beyond help             more jobs came than the highest price had launched instances for")
    print(f"    that price buys         {_bought(need)}")
    print(f"    expected after a boot   {need.load:.2f} in work, give or take {need.spread:.2f}")
    print(f"    wanted                  {need.instances} for the {need.because}; up to {need.keep} are kept")


def _bought(need: Need) -> str:
    standby = f"{max(0.0, need.standby):.2f} standby"
    if need.next_gap_s is None:
        return f"{standby}; nothing is known of when another would be wanted"
    return f"{standby}; another would be wanted every {need.next_gap_s:.0f} s"


def _print_state(state: State) -> None:
    memory, history = state.memory, state.history
    for name, breaker in (("capacity", memory.capacity), ("fleet", memory.fleet), ("spot", memory.spot)):
        print(f"breaker {name:9} {breaker.circuit.value}{f' ({breaker.cause})' if breaker.cause else ''}")
    late, lost = history.lateness.late, history.lateness.beyond_help
    print(
        f"late starts       {late.mean:.1%} of about the last 200, {lost.mean:.1%} beyond help at any price"
    )
    print(f"boots measured    {history.boot.count:.0f}, mean {history.boot.mean:.0f} s")
