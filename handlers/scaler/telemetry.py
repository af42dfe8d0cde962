"""Logs each decision and sends its metrics."""

from collections import Counter
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
from handlers.telemetry.metrics import BOOTS_FAILED

logger = Logger(service="scaler")


def report_unreadable(fleet: str, error: UnreadableItemError) -> None:
    """Log an item that was skipped; an operator looks for who wrote it."""
    logger.error("item_unreadable", extra={"fleet": fleet, "error": str(error)})


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
        values = metrics.measured(snapshot, decision)
        powertools.send(values, environment=self.settings.environment, fleet=self.settings.fleet)
        self._report_failed_boots(snapshot, decision)

    def _report_failed_boots(self, snapshot: Snapshot, decision: Decision) -> None:
        failed = metrics.failed_boots(snapshot, decision)
        for instance in failed:
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
        for stage, number in Counter(one.stage.value for one in failed).items():
            powertools.send(
                {BOOTS_FAILED: number},
                environment=self.settings.environment,
                fleet=self.settings.fleet,
                stage=stage,
            )

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
