"""Look, decide, act."""

from dataclasses import dataclass, replace

from .decision import Decision, decide
from .limits import Limits
from .ports import BlindLookError, Fleet, Ledger, Observations
from .snapshot import Snapshot


@dataclass(frozen=True, kw_only=True)
class Pass:
    """One pass of the scaler: what it saw, what it decided, what became of it.

    Attributes:
        snapshot: what was seen.
        decision: what was decided.
        drained: instances that were ended.
        spared: instances that took a job between look and drain, and stay.
        age_s: seconds since the previous pass; None for the first.
    """

    snapshot: Snapshot
    decision: Decision
    drained: tuple[str, ...]
    spared: tuple[str, ...]
    age_s: float | None

    def check(self) -> None:
        """Fail a pass that could not see everything, after it has done what it could.

        Raises:
            BlindLookError: something was out of reach.
        """
        if self.snapshot.blind:
            raise BlindLookError(self.snapshot.blind)


def scale(fleet: Fleet, ledger: Ledger, news: Observations, limits: Limits, now: float) -> Pass:
    """One pass. The decision is recorded before anything is done, so that a stale copy never acts."""
    state = ledger.read()
    age_s = None if state.taken_at is None else now - state.taken_at
    if news.batch and news.batch != state.batch:
        history = state.history.after(
            news.read(), now=now, objective_s=limits.wait_objective_s, quantile=limits.wait_quantile
        )
        state = replace(state, history=history)
    snapshot = fleet.look(state, now)
    decision = decide(snapshot, limits)
    ledger.write(state, snapshot, decision, news.batch or state.batch)
    return _act(fleet, snapshot, decision, limits, age_s)


def _act(fleet: Fleet, snapshot: Snapshot, decision: Decision, limits: Limits, age_s: float | None) -> Pass:
    """The mix before anything is launched; a mix that is refused keeps nothing else from being done."""
    try:
        if snapshot.spot_share is not None and abs(snapshot.spot_share - decision.spot_share) > 0.005:  # noqa: PLR2004 - half a percent
            fleet.mix(decision.spot_share)
    finally:
        done = _resize(fleet, snapshot, decision, limits, age_s)
    return done


def _resize(
    fleet: Fleet, snapshot: Snapshot, decision: Decision, limits: Limits, age_s: float | None
) -> Pass:
    """More capacity first; each step may be done twice without harm."""
    refused = [instance for instance in decision.reuse if not fleet.reuse(instance)]
    if decision.raise_to is not None or refused:
        # An instance that cannot be taken back is ended below and replaced by a launch.
        fleet.raise_desired((decision.raise_to or snapshot.desired) + len(refused))
    heard_after = snapshot.taken_at - limits.silence_s
    for instance in decision.replace:
        fleet.replace(instance, now=snapshot.taken_at, heard_after=heard_after)
    outcomes = {instance: fleet.drain(instance) for instance in (*decision.drain, *refused)}
    return Pass(
        snapshot=snapshot,
        decision=decision,
        drained=tuple(name for name, gone in outcomes.items() if gone),
        spared=tuple(name for name, gone in outcomes.items() if not gone),
        age_s=age_s,
    )
