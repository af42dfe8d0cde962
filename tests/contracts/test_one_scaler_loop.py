"""The published figures are those of the deployed scaler: Lambda and simulator take the same decisions."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from handlers.jobs.model import Job, Worker, WorkerState
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import encode_item
from handlers.jobs.store.items import job_to_item, worker_to_item
from handlers.jobs.store.table import Table
from handlers.scaler import entrypoint
from handlers.scaler.aws import AwsFleet, FleetResources
from handlers.scaler.decision import Decision, Snapshot
from handlers.scaler.group import Group, Hooks
from handlers.scaler.ports import State
from handlers.scaler.settings import Settings
from handlers.scaler.state_store import TableStateStore
from handlers.scaler.telemetry import Telemetry
from simulator.conditions import Conditions
from simulator.generators import Bursts, Work
from simulator.ours import ClipIt
from simulator.run import run
from simulator.scaling_policy import Stage, World
from simulator.standard import LIMITS
from simulator.trace import Trace

RESOURCES = FleetResources(
    fleet="cpu", group="render-cpu", launch_hook="b", terminate_hook="d", queue_url="queue"
)
EXPIRES = 2_000_000_000


@dataclass
class Cloud:
    """AWS as the Lambda asks it: the group, the queue and the table, set to what one look sees."""

    desired: int = 0
    members: list[dict[str, str]] = field(default_factory=list)
    workers: list[dict[str, Any]] = field(default_factory=list)
    queued: list[dict[str, Any]] = field(default_factory=list)
    in_flight: int = 0
    record: dict[str, Any] = field(default_factory=dict)

    def describe_auto_scaling_groups(self, **_: object) -> dict[str, object]:
        return {"AutoScalingGroups": [{"DesiredCapacity": self.desired, "Instances": self.members}]}

    def get_queue_attributes(self, *, QueueUrl: str, **_: object) -> dict[str, object]:  # noqa: N803
        """All jobs are normal ones; the queue of bulk jobs is empty."""
        normal = QueueUrl == RESOURCES.queue_url
        held = {"ApproximateNumberOfMessagesNotVisible": str(self.in_flight if normal else 0)}
        waiting = {"ApproximateNumberOfMessages": str(len(self.queued) if normal else 0)}
        return {"Attributes": {**waiting, **held, "ApproximateNumberOfMessagesDelayed": "0"}}

    def query(self, **request: Any) -> dict[str, object]:
        asked = {value["S"] for value in request["ExpressionAttributeValues"].values() if "S" in value}
        return {"Items": self.workers if keys.workers_pk("cpu") in asked else self.queued}

    def get_item(self, **_: object) -> dict[str, object]:
        return {"Item": self.record} if self.record else {}

    def put_item(self, **request: Any) -> None:
        self.record = request["Item"]


class OrderlessFleet(AwsFleet):
    """The real look; the orders are given on paper."""

    def raise_desired(self, desired: int) -> None:
        pass

    def drain(self, instance: str) -> bool:
        return True

    def replace(self, instance: str, *, now: float, heard_after: float) -> bool:
        return True


class NotingStore(TableStateStore):
    """A store that keeps what was decided."""

    decided: Decision

    def write(self, before: State, snapshot: Snapshot, decision: Decision, batch: str) -> None:
        super().write(before, snapshot, decision, batch)
        self.decided = decision


@dataclass
class Both(ClipIt):
    """The simulated scaler, and at each of its looks a cold Lambda that sees the same."""

    cloud: Cloud = field(default_factory=Cloud)
    ready: dict[int, float] = field(default_factory=dict)
    pairs: list[tuple[Decision, Decision]] = field(default_factory=list)
    patch: pytest.MonkeyPatch | None = None

    def changed(self, instance: int, stage: Stage | None, now: float) -> None:
        if stage in {Stage.IDLE, Stage.BUSY}:
            self.ready.setdefault(instance, now)
        super().changed(instance, stage, now)

    def look(self, world: World) -> float:
        self._show(world)
        records = list(self._records(world))
        now = world.now
        after = super().look(world)
        assert self.last is not None
        self.pairs.append((self.last, self._deployed(now, records)))
        return after

    def _deployed(self, now: float, records: list[Any]) -> Decision:
        assert self.patch is not None
        table = Table(self.cloud, "clip-it-test")  # type: ignore[arg-type]
        group = Group(self.cloud, "render-cpu", Hooks(launch="b", terminate="d"))  # type: ignore[arg-type]
        fleet = OrderlessFleet(RESOURCES, table, group, self.cloud)  # type: ignore[arg-type]
        store = NotingStore(table, "cpu")
        settings = Settings(
            region="eu-central-1",
            environment="test",
            fleet="cpu",
            group="render-cpu",
            launch_hook="b",
            terminate_hook="d",
            queue_url="queue",
            table="clip-it-test",
            limits=self.limits,
        )
        built = (settings, fleet, Telemetry(store=store, settings=settings))
        self.patch.setattr(entrypoint, "_deployed", lambda: built)
        self.patch.setattr(entrypoint, "time", SimpleNamespace(time=lambda: now))
        entrypoint.handler({"Records": records}, None)  # type: ignore[arg-type]
        return store.decided

    def _show(self, world: World) -> None:
        cloud, now = self.cloud, world.now
        cloud.desired, cloud.in_flight = world.desired, len(world.busy)
        cloud.members = [
            {
                "InstanceId": one.id,
                "LifecycleState": "Pending:Wait" if one.stage is Stage.LAUNCHED else "InService",
                "HealthStatus": "Healthy",
            }
            for one in self.instances.values()
        ]
        cloud.workers = [
            dict(encode_item(worker_to_item(self._worker(number, now), EXPIRES)))
            for number, one in self.instances.items()
            if one.stage.present
        ]
        cloud.queued = [{"enqueued_at": {"N": repr(float(self.trace.arrival[job]))}} for job in world.queue]

    def _worker(self, number: int, now: float) -> Worker:
        one = self.instances[number]
        busy = one.stage is Stage.BUSY
        return Worker(
            instance_id=one.id,
            fleet="cpu",
            state=WorkerState.BUSY if busy else WorkerState.IDLE,
            heartbeat_at=now,
            registered_at=self.ready[number],
            idle_since=None if busy else one.since,
            busy_since=one.since if busy else None,
            job_id="r_1" if busy else None,
            attempt=1 if busy else None,
        )

    def _records(self, world: World) -> Iterator[dict[str, object]]:
        """The stream's batch since the look before."""
        seen, arrival, service = world.seen, self.trace.arrival, self.trace.service
        for job in seen.arrivals:
            yield self._record(queued(float(arrival[job])), None)
        for wait in seen.waits:
            yield self._record(rendering(0.0, wait), queued(0.0))
        for job in seen.finished:
            begun = rendering(0.0, 1.0)
            ended = 1.0 + float(service[job])
            done = replace(begun, state=JobState.SUCCEEDED, finished_at=ended, updated_at=ended)
            yield self._record(done, begun)

    def _record(self, after: Job, before: Job | None) -> dict[str, object]:
        images = {"NewImage": encode_item(job_to_item(after))}
        if before is not None:
            images["OldImage"] = encode_item(job_to_item(before))
        return {"eventName": "MODIFY", "dynamodb": {"SequenceNumber": str(len(self.pairs)), **images}}


def queued(at: float) -> Job:
    return Job(
        id="r_" + "0" * 26,
        tenant="acme",
        fleet="cpu",
        state=JobState.QUEUED,
        attempt=1,
        created_at=at,
        updated_at=at,
        enqueued_at=at,
        expires_at=EXPIRES,
        composition_key=f"compositions/acme/r_{'0' * 26}.json",
        trace_id="0" * 32,
        event_count=1,
        template="teaser",
    )


def rendering(enqueued_at: float, wait: float) -> Job:
    began = enqueued_at + wait
    return replace(
        queued(enqueued_at),
        state=JobState.RENDERING,
        started_at=began,
        updated_at=began,
        lease_expires_at=began + 60,
    )


def on_halves(trace: Trace) -> Trace:
    """The trace in halves of a second, which every number of a record holds exactly."""
    return replace(
        trace,
        arrival=1_000 + np.round(trace.arrival * 2) / 2,
        service=np.maximum(np.round(trace.service * 2) / 2, 0.5),
    )


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
def test_the_lambda_decides_as_the_simulator_does_at_every_look(monkeypatch, seed: int) -> None:
    recipe = Bursts(hours=1.2, on_s=200, off_s=500, loud=600, work=Work(median_s=30, p95_s=200), seed=seed)
    trace = on_halves(recipe.trace())
    policy = Both(limits=LIMITS, trace=trace, patch=monkeypatch)
    assert run(trace, policy, Conditions(boot_s=(120.0, 120.0))).lost == 0
    assert len(policy.pairs) > 100
    for paper, deployed in policy.pairs:
        assert deployed == paper
    assert any(one.drain for one, _ in policy.pairs)
    assert any(one.raise_to for one, _ in policy.pairs)
