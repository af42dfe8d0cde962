"""Logs each decision and sends its metrics."""

from dataclasses import dataclass

from aws_lambda_powertools import Logger

from handlers.jobs.store.reading import UnreadableItemError
from handlers.scaler import metrics
from handlers.scaler.codec import to_json
from handlers.scaler.decision import Decision
from handlers.scaler.decision.snapshot import Snapshot
from handlers.scaler.ports import State, StateStore
from handlers.scaler.service import Pass
from handlers.scaler.settings import Settings
from handlers.telemetry import powertools

logger = Logger(service="scaler")


def tell_unreadable(error: UnreadableItemError) -> None:
    """Log an item that was skipped; an operator looks for who wrote it."""
    logger.error("item_unreadable", extra={"error": str(error)})


@dataclass(frozen=True, kw_only=True)
class Telemetry:
    """A store that also logs each decision before it is carried out, in one record that can be replayed.

    `clipit simulate --replay` reads the record, also of a pass that failed or was cut short.
    """

    store: StateStore
    settings: Settings

    def read(self) -> State:
        """Read the state after the last decision."""
        state = self.store.read()
        if state.lost:
            logger.warning(
                "scaler_state_lost", extra={"fleet": self.settings.fleet, "lost": list(state.lost)}
            )
        return state

    def write(self, before: State, snapshot: Snapshot, decision: Decision, batch: str) -> None:
        """Store the decision, then log it; a decision that lost its fence raises and is not logged."""
        self.store.write(before, snapshot, decision, batch)
        logger.info(
            "scaler_decided",
            extra={
                "fleet": self.settings.fleet,
                "environment": self.settings.environment,
                # The fields that people query come first: Logs Insights discovers 200 fields of a record
                # ("Supported logs and discovered fields"), and a snapshot of 50 instances has more.
                "desired": decision.desired,
                "queued": snapshot.queued,
                "oldest_s": snapshot.oldest_s,
                "code": decision.code.value,
                "reason": decision.reason,
                "batch": batch,
                "breakers": metrics.open_breakers(decision.memory),
                "limits": to_json(self.settings.limits),
                "snapshot": to_json(snapshot),
                "decision": to_json(decision),
            },
        )
        for instance in metrics.failed_boots(snapshot, decision):
            logger.warning(
                "boot_failed",
                extra={
                    "fleet": self.settings.fleet,
                    "instance": instance.id,
                    "stage": instance.stage.value,
                    "seconds": round(snapshot.taken_at - instance.launched_at, 1),
                    "words": snapshot.boot_failure,
                },
            )
        values = metrics.measured(snapshot, decision)
        powertools.send(values, environment=self.settings.environment, fleet=self.settings.fleet)

    def outcome(self, done: Pass) -> None:
        """Log what differs from the decision: instances that were spared, and calls that failed."""
        if done.spared or done.failed:
            logger.warning(
                "scaler_fell_short",
                extra={
                    "fleet": self.settings.fleet,
                    "spared": list(done.spared),
                    "failed": [f"{type(error).__name__}: {error}" for error in done.failed],
                },
            )
