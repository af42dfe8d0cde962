"""What the log and the metrics tell of each decision."""

from dataclasses import dataclass

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from handlers.scaler.codec import to_json
from handlers.scaler.decision import Decision
from handlers.scaler.decision.memory import Circuit, Memory
from handlers.scaler.decision.snapshot import Snapshot
from handlers.scaler.ports import State, StateStore
from handlers.scaler.service import Pass
from handlers.scaler.settings import Settings

OPEN_BREAKERS = "OpenBreakers"

logger = Logger(service="scaler")


@dataclass(frozen=True, kw_only=True)
class Telemetry:
    """A store that also logs, before anything is done: one record of everything that can be replayed.

    `clipit simulate --replay` reads it, also of a pass whose orders failed or that was cut short.
    """

    store: StateStore
    settings: Settings

    def read(self) -> State:
        """The state after the last decision."""
        state = self.store.read()
        if state.lost:
            logger.warning(
                "scaler_state_lost", extra={"fleet": self.settings.fleet, "lost": list(state.lost)}
            )
        return state

    def write(self, before: State, snapshot: Snapshot, decision: Decision, batch: str) -> None:
        """Record the decision; one that lost its fence was never taken."""
        self.store.write(before, snapshot, decision, batch)
        logger.info(
            "scaler_decided",
            extra={
                "fleet": self.settings.fleet,
                "environment": self.settings.environment,
                # What people query comes first: Logs Insights finds 200 fields of a record ("Supported logs
                # and discovered fields"), and a snapshot of 50 instances has more.
                "desired": decision.desired,
                "queued": snapshot.queued,
                "oldest_s": snapshot.oldest_s,
                "code": decision.code.value,
                "reason": decision.reason,
                "breakers": open_breakers(decision.memory),
                "limits": to_json(self.settings.limits),
                "snapshot": to_json(snapshot),
                "decision": to_json(decision),
            },
        )
        self._measure(before, snapshot, decision)

    def outcome(self, done: Pass) -> None:
        """What became of the decision, where that is not what was decided."""
        if done.spared or done.failed:
            logger.warning(
                "scaler_fell_short",
                extra={
                    "fleet": self.settings.fleet,
                    "spared": list(done.spared),
                    "failed": [f"{type(error).__name__}: {error}" for error in done.failed],
                },
            )

    def _measure(self, before: State, snapshot: Snapshot, decision: Decision) -> None:
        metrics = Metrics(namespace="ClipIt", service="scaler")
        metrics.add_dimension(name="environment", value=self.settings.environment)
        metrics.add_dimension(name="fleet", value=self.settings.fleet)
        metrics.add_metric(name="DesiredCapacity", unit=MetricUnit.Count, value=decision.desired)
        metrics.add_metric(name="QueuedJobs", unit=MetricUnit.Count, value=snapshot.queued)
        metrics.add_metric(name="OldestQueuedJobAge", unit=MetricUnit.Seconds, value=snapshot.oldest_s)
        metrics.add_metric(
            name=OPEN_BREAKERS, unit=MetricUnit.Count, value=len(open_breakers(decision.memory))
        )
        if before.taken_at is not None:
            age_s = snapshot.taken_at - before.taken_at
            metrics.add_metric(name="SecondsSinceLastLook", unit=MetricUnit.Seconds, value=age_s)
        metrics.flush_metrics()


def open_breakers(memory: Memory) -> list[str]:
    """The breakers that hold something back, each with its cause."""
    breakers = {"capacity": memory.capacity, "fleet": memory.fleet, "spot": memory.spot}
    return [
        f"{name} {one.circuit.value}: {one.cause}"
        for name, one in breakers.items()
        if one.circuit is not Circuit.CLOSED
    ]
