"""From what AWS and the table say of the instances to what the decision wants to know of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from handlers.jobs.model import BootFailure, Worker, WorkerState
from handlers.scaler.decision.history import Boot, History
from handlers.scaler.decision.snapshot import Instance, Stage

HELD_BACK = "Terminating:Wait"


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One instance as the Auto Scaling group lists it."""

    id: str
    lifecycle: str
    healthy: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Records:
    """What the instances of a fleet say in the table: workers by instance, and boots that failed."""

    workers: Mapping[str, Worker] = field(default_factory=dict)
    failures: tuple[BootFailure, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Before:
    """The look before: when it was, and whether it asked for instances."""

    at: float | None = None
    asked: bool = False

    def launch_of(self, now: float) -> float:
        """When an instance was launched that is seen for the first time now."""
        return self.at if self.at is not None and self.asked else now

    def missed_boot(self, worker: Worker) -> bool:
        """The worker's instance was launched, booted and registered all since that look."""
        return self.asked and self.at is not None and worker.registered_at > self.at


def observe(
    members: Iterable[Member], records: Records, history: History, now: float, before: Before
) -> tuple[tuple[Instance, ...], History]:
    """Every instance with its stage, and the history with boots begun and ended."""
    failed = {one.instance_id for one in records.failures}
    instances: list[Instance] = []
    booting: dict[str, Boot] = {}
    for member in members:
        worker = records.workers.get(member.id)
        stage = _stage(member, worker, has_failed=member.id in failed)
        boot = history.booting.get(member.id) or Boot(
            launched_at=before.launch_of(now), stage=stage.value, since=now
        )
        if stage.coming:
            if boot.stage != stage.value:
                boot = replace(boot, stage=stage.value, since=now)
            booting[member.id] = boot
        elif (
            stage.present
            and worker is not None
            and (member.id in history.booting or before.missed_boot(worker))
        ):
            history = history.booted(max(1.0, worker.registered_at - boot.launched_at))
        held = member.lifecycle == HELD_BACK
        instances.append(replace(_instance(member.id, stage, boot, worker, now), held=held))
    return tuple(instances), replace(history, booting=MappingProxyType(booting))


def boot_failure(failures: Iterable[BootFailure], workers: Iterable[Worker]) -> str | None:
    """What the last failed bootstrap said, unless a worker has registered since: then boots succeed again.

    A worker that never sent a heartbeat is the record that the scaler itself has written for an instance that
    never registered; and an instance that serves is repaired by the same bootstrap, which may fail as well.
    """
    served = {one.instance_id: one.registered_at for one in workers if one.heartbeat_at > one.registered_at}
    last = max(
        (one for one in failures if one.instance_id not in served), key=lambda one: one.at, default=None
    )
    return last.words if last and last.at > max(served.values(), default=0.0) else None


def _instance(name: str, stage: Stage, boot: Boot, worker: Worker | None, now: float) -> Instance:
    if worker is None or stage.coming:
        return Instance(id=name, stage=stage, launched_at=boot.launched_at, since=boot.since)
    return Instance(
        id=name,
        stage=stage,
        # The launch of one that has booted is not remembered; all that is paid anyway is over soon after it.
        launched_at=worker.registered_at,
        since=worker.busy_since or worker.idle_since or worker.registered_at,
        silent_s=max(0.0, now - worker.heartbeat_at),
        # Marked by its own agent: the scaler marks only who holds no job.
        interrupted=stage is Stage.DRAINING and worker.job_id is not None,
    )


def _stage(member: Member, worker: Worker | None, *, has_failed: bool) -> Stage:
    """How far an instance has come; that its bootstrap has begun is known only of one that failed.

    The launch hook holds an instance in Pending:Wait from the first seconds on, and Systems Manager may begin
    ten minutes later, when its agent refreshes the list of associations (SSM agent, "association" settings).
    """
    if member.lifecycle.startswith(("Terminating", "Terminated", "Detach", "Standby", "EnteringStandby")):
        return Stage.LEAVING
    if not member.healthy:
        return Stage.LEAVING
    if member.lifecycle.startswith("Pending"):
        if worker is not None:
            return Stage.REGISTERED
        return Stage.ONLINE if has_failed else Stage.LAUNCHED
    if worker is None:
        # In service without a record: its agent never spoke, or fell silent long ago. The deadline finds it.
        return Stage.REGISTERED
    return {WorkerState.IDLE: Stage.IDLE, WorkerState.BUSY: Stage.BUSY, WorkerState.DRAINING: Stage.DRAINING}[
        worker.state
    ]
