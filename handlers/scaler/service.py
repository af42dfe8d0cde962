"""Look, decide, act."""

from dataclasses import dataclass, replace

from .decision import Decision, decide
from .limits import Limits
from .ports import Fleet, Ledger, Observations
from .snapshot import Snapshot


@dataclass(frozen=True, kw_only=True)
class Pass:
    """One pass of the scaler: what it saw, what it decided, what became of it."""

    snapshot: Snapshot
    decision: Decision
    drained: tuple[str, ...]
    spared: tuple[str, ...]


def scale(fleet: Fleet, ledger: Ledger, news: Observations, limits: Limits, now: float) -> Pass:
    """One pass: the decision is recorded first, so that a stale copy never acts."""
    state = ledger.read()
    if news.batch and news.batch != state.batch:
        state = replace(state, history=news.added_to(state.history))
    snapshot = fleet.look(state, now)
    decision = decide(snapshot, limits)
    ledger.write(state, snapshot, decision, news.batch or state.batch)
    for instance in decision.replace:
        fleet.replace(instance)
    for instance in decision.reuse:
        fleet.reuse(instance)
    if decision.raise_to is not None:
        fleet.raise_desired(decision.raise_to)
    outcomes = {instance: fleet.drain(instance) for instance in decision.drain}
    return Pass(
        snapshot=snapshot,
        decision=decision,
        drained=tuple(name for name, gone in outcomes.items() if gone),
        spared=tuple(name for name, gone in outcomes.items() if not gone),
    )
