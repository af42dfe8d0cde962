"""The metrics that the scaler sends with each decision.

To add a metric, add a row to `METRICS`. To show it, add a graph to
components/parts/observability/dashboard.py; to be woken by it, an alarm to
components/parts/observability/alarms.py, its runbook and a row of README.md to docs/runbooks, and its unit to
tests/contracts/test_runbooks.py. Metrics of an Auto Scaling group are in components/render_fleet.py.
tests/contracts/test_metrics.py proves that both name metrics of this table. The sweeper and the notifier send
their metrics in their entrypoint.py; those of instances (CPU, memory, disk) are in
components/parts/render_fleet/cloudwatch_agent.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from handlers.scaler.decision import Decision
from handlers.scaler.decision.memory import Circuit, Memory
from handlers.scaler.decision.snapshot import Snapshot
from handlers.scaler.ports import State

NAMESPACE, SERVICE = "ClipIt", "scaler"


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric; without a value it is not sent."""

    name: str
    unit: MetricUnit
    value: Callable[[State, Snapshot, Decision], float | None]


def _seconds_since_last_look(before: State, snapshot: Snapshot, _decision: Decision) -> float | None:
    return None if before.taken_at is None else snapshot.taken_at - before.taken_at


METRICS = (
    Metric(
        name="DesiredCapacity",
        unit=MetricUnit.Count,
        value=lambda _before, _snapshot, decision: decision.desired,
    ),
    Metric(
        name="QueuedJobs", unit=MetricUnit.Count, value=lambda _before, snapshot, _decision: snapshot.queued
    ),
    Metric(
        name="OldestQueuedJobAge",
        unit=MetricUnit.Seconds,
        value=lambda _before, snapshot, _decision: snapshot.oldest_s,
    ),
    Metric(
        name="OpenBreakers",
        unit=MetricUnit.Count,
        value=lambda _before, _snapshot, decision: len(open_breakers(decision.memory)),
    ),
    Metric(name="SecondsSinceLastLook", unit=MetricUnit.Seconds, value=_seconds_since_last_look),
)


def dimensions(environment: str, fleet: str) -> Mapping[str, str]:
    """The dimensions of each metric; Powertools adds the service."""
    return {"environment": environment, "fleet": fleet}


def send(of: Mapping[str, str], before: State, snapshot: Snapshot, decision: Decision) -> None:
    """Send all metrics of one decision, with these dimensions, in one record of the log."""
    metrics = Metrics(namespace=NAMESPACE, service=SERVICE)
    for name, value in of.items():
        metrics.add_dimension(name=name, value=value)
    for metric in METRICS:
        measured = metric.value(before, snapshot, decision)
        if measured is not None:
            metrics.add_metric(name=metric.name, unit=metric.unit, value=measured)
    metrics.flush_metrics()


def open_breakers(memory: Memory) -> list[str]:
    """The breakers that hold something back, each with its cause."""
    breakers = {"capacity": memory.capacity, "fleet": memory.fleet, "spot": memory.spot}
    return [
        f"{name} {one.circuit.value}: {one.cause}"
        for name, one in breakers.items()
        if one.circuit is not Circuit.CLOSED
    ]
