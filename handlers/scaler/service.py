"""Look, decide, act."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial

from handlers.jobs.errors import TryAgainLater
from handlers.scaler.decision import Decision, decide
from handlers.scaler.decision.history import News
from handlers.scaler.decision.learning import learned
from handlers.scaler.decision.limits import Limits
from handlers.scaler.decision.snapshot import Snapshot
from handlers.scaler.ports import BlindLookError, Fleet, Observations, StateStore

MIX_TOLERANCE = 0.005
"""Half a percent: the group knows whole percents only."""


@dataclass(frozen=True, kw_only=True)
class Pass:
    """One pass of the scaler: what it saw, what it decided, what became of it.

    Attributes:
        snapshot: what was seen.
        decision: what was decided.
        drained: instances that were ended.
        spared: instances that took a job between look and drain, and stay.
        failed: what went wrong with single orders.
    """

    snapshot: Snapshot
    decision: Decision
    drained: tuple[str, ...]
    spared: tuple[str, ...]
    failed: tuple[Exception, ...]

    def check(self) -> None:
        """Fail a pass that could not see or do everything, after it has done what it could.

        Raises:
            ExceptionGroup: of `BlindLookError` for what was unreachable, and of what failed orders raised.
        """
        blind = (BlindLookError(self.snapshot.blind),) if self.snapshot.blind else ()
        if wrong := (*blind, *self.failed):
            raise ExceptionGroup("the scaler could not see or do everything", wrong)


@dataclass
class Orders:
    """Gives orders one by one; one that fails keeps no other from being given."""

    failed: list[Exception] = field(default_factory=list)

    def give(self, order: Callable[[], object]) -> bool | None:
        """What the order answered; None when it failed."""
        try:
            return bool(order())
        except Exception as error:  # raised by `Pass.check` once all orders are given
            self.failed.append(error)
            return None

    def each(self, order: Callable[[str], object], instances: Iterable[str]) -> dict[str, bool]:
        """The answers by instance; throttling ends the row, for the next look begins it again."""
        answers: dict[str, bool] = {}
        for instance in instances:
            before = len(self.failed)
            answer = self.give(partial(order, instance))
            if answer is not None:
                answers[instance] = answer
            elif isinstance(self.failed[before], TryAgainLater):
                break
        return answers


def scale(fleet: Fleet, store: StateStore, news: Observations, limits: Limits, now: float) -> Pass:
    """One pass. The decision is recorded before anything is done, so that a stale copy never acts."""
    state = store.read()
    fresh = news.read() if news.batch and news.batch not in state.batches else News()
    state = replace(
        state,
        history=learned(state.history, state.memory, fresh, limits, now),
        waits=state.waits.after(fresh.waits, now),
    )
    snapshot = fleet.look(state, now)
    decision = decide(snapshot, limits)
    store.write(state, snapshot, decision, news.batch)
    return _act(fleet, snapshot, decision, limits)


def _act(fleet: Fleet, snapshot: Snapshot, decision: Decision, limits: Limits) -> Pass:
    """The mix before anything is launched, more before less; each order may be given twice without harm."""
    orders = Orders()
    if snapshot.spot_share is not None and abs(snapshot.spot_share - decision.spot_share) > MIX_TOLERANCE:
        orders.give(lambda: fleet.mix(decision.spot_share))
    if (raise_to := decision.raise_to) is not None:
        orders.give(lambda: fleet.raise_desired(raise_to))

    def renew(instance: str) -> bool:
        return fleet.replace(
            instance, now=snapshot.taken_at, heard_after=snapshot.taken_at - limits.silence_s
        )

    orders.each(renew, decision.replace)
    outcomes = orders.each(fleet.drain, decision.drain)
    orders.each(partial(fleet.release, heard_after=snapshot.taken_at - limits.silence_s), decision.release)
    return Pass(
        snapshot=snapshot,
        decision=decision,
        drained=tuple(name for name, gone in outcomes.items() if gone),
        spared=tuple(name for name, gone in outcomes.items() if not gone),
        failed=tuple(orders.failed),
    )
