"""The metrics that the scaler sends with each decision; handlers/telemetry/metrics.py is their catalogue."""

from collections.abc import Mapping

from handlers.scaler.decision import Decision
from handlers.scaler.decision.memory import Circuit, Memory
from handlers.scaler.decision.snapshot import Instance, Snapshot
from handlers.telemetry.metrics import OLDEST_WAIT, OPEN_BREAKERS, QUEUED, Metric


def measured(snapshot: Snapshot, decision: Decision) -> Mapping[Metric, float]:
    """The metrics that each decision has."""
    return {
        QUEUED: snapshot.queued,
        OLDEST_WAIT: snapshot.oldest_s,
        OPEN_BREAKERS: len(open_breakers(decision.memory)),
    }


def failed_boots(snapshot: Snapshot, decision: Decision) -> list[Instance]:
    """The instances that are replaced before they were in service."""
    replaced = set(decision.replace)
    return [one for one in snapshot.instances if one.id in replaced and one.stage.coming]


def open_breakers(memory: Memory) -> list[str]:
    """The breakers that hold something back, each with its cause."""
    breakers = {"capacity": memory.capacity, "fleet": memory.fleet, "spot": memory.spot}
    return [
        f"{name} {one.circuit.value}: {one.cause}"
        for name, one in breakers.items()
        if one.circuit is not Circuit.CLOSED
    ]
