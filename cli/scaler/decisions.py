"""What `clipit scaler` reads and prints."""

import os
from dataclasses import replace
from datetime import UTC, datetime

from benchmarks.decision import MILLISECONDS_ALLOWED, measure
from benchmarks.look_calls import ALLOWED, looks
from cli import operating
from handlers.jobs.store.table import connect
from handlers.scaler.codec import dumps
from handlers.scaler.decision.demand import Need
from handlers.scaler.ports import State, Taken
from handlers.scaler.state_store import TableStateStore
from simulator.standard import LIMITS

JOBS, INSTANCES = 100_000, 1_000
NEEDED = ("CLIPIT_TABLE", "AWS_REGION")


def explain(fleet: str, count: int, *, as_json: bool) -> None:
    """The last decisions, the newest first, and the state of the breakers.

    Raises:
        LookupError: the table cannot be found or read, or nobody has decided yet.
    """
    state = _state(fleet)
    if as_json:
        print(dumps(state.recent[:count]))
        return
    for taken in state.recent[:count]:
        _tell(taken)
    _tell_state(state)


def bench() -> bool:
    """Print what was measured; True when it is within what is allowed."""
    milliseconds = measure()
    size = f"{JOBS:,} queued jobs and {INSTANCES:,} instances"
    print(f"decide  {milliseconds:.1f} ms at {size} (allowed {MILLISECONDS_ALLOWED:.0f})")
    counted = looks(replace(LIMITS, maximum=2 * INSTANCES), jobs=JOBS, instances=INSTANCES)
    for name, calls in counted.items():
        listed = ", ".join(f"{call} {count}" for call, count in calls.items())
        print(f"look    {calls.total()} AWS calls (allowed {ALLOWED}), {name}: {listed}")
    return (
        milliseconds <= MILLISECONDS_ALLOWED and max(calls.total() for calls in counted.values()) <= ALLOWED
    )


def _state(fleet: str) -> State:
    missing = [name for name in NEEDED if not os.environ.get(name)]
    if missing:
        raise LookupError(
            f"set {', '.join(missing)} in the environment; `clipit local env` prints them for the local one, "
            "`pulumi stack output table_name` has the table of another one"
        )
    table, region = (os.environ[name] for name in NEEDED)
    try:
        with operating.making_clients():
            records = connect(table, region)
        state = TableStateStore(records, fleet).read()
    except operating.PROBLEMS as problem:
        raise LookupError(f"the table {table} cannot be read: {problem}") from problem
    if not state.version:
        raise LookupError(f"no scaler has decided for a fleet {fleet!r} in {table} yet")
    return state


def _tell(taken: Taken) -> None:
    need = taken.need
    print(f"{datetime.fromtimestamp(taken.at, UTC):%Y-%m-%d %H:%M:%S} UTC  {taken.reason}")
    print(f"    waiting jobs are told   {taken.code}")
    print(f"    arrivals                {need.arrivals_per_s * 60:.2f} a minute")
    print(f"    a boot takes            {need.boot_s:.0f} s, of which a new render works {need.work_s:.0f} s")
    print(
        f"    a late start may cost   {need.late_start:.0f} s of an instance (pressure {need.pressure:+.2f})"
    )
    print(f"    that buys               {_bought(need)}")
    print(f"    expected after a boot   {need.load:.2f} in work, give or take {need.spread:.2f}")
    print(f"    wanted                  {need.instances} for the {need.because}; up to {need.keep} are kept")


def _bought(need: Need) -> str:
    standby = f"{max(0.0, need.standby):.2f} standby"
    if need.next_gap_s is None:
        return f"{standby}; nothing is known of when another would be wanted"
    return f"{standby}; another would be wanted every {need.next_gap_s:.0f} s"


def _tell_state(state: State) -> None:
    memory, history = state.memory, state.history
    for name, breaker in (("capacity", memory.capacity), ("fleet", memory.fleet), ("spot", memory.spot)):
        print(f"breaker {name:9} {breaker.circuit.value}{f' ({breaker.cause})' if breaker.cause else ''}")
    late, lost = history.lateness.late, history.lateness.beyond_help
    print(
        f"late starts       {late.mean:.1%} of about the last 200, {lost.mean:.1%} beyond help at any price"
    )
    print(f"boots measured    {history.boot.count:.0f}, mean {history.boot.mean:.0f} s")
