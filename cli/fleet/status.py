"""A fleet as it is now: what failed to boot, who works on what, and why renders wait."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cli.fleet.waiting import Queues, WaitingRenders, waiting_in
from cli.stack_place import StackPlace
from cli.stack_session import expecting_table
from cli.terminal import printable
from cli.trace.calls import Calls
from handlers.jobs.model import BootFailure, ScalerView, Worker
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.fleet_workers import FleetWorkers
from handlers.jobs.store.reading import UnreadableItemError
from handlers.jobs.store.table import Table

if TYPE_CHECKING:
    from mypy_boto3_autoscaling.type_defs import InstanceTypeDef

ACTIONS = frozenset({"autoscaling:DescribeAutoScalingGroups", "dynamodb:GetItem", "dynamodb:Query"})


@dataclass(frozen=True, kw_only=True)
class Member:
    """An instance of the group, and what its agent says, if one has registered."""

    instance: str
    lifecycle: str
    health: str
    kind: str
    zone: str
    worker: Worker | None


@dataclass(frozen=True, kw_only=True)
class FleetStatus:
    """One fleet."""

    fleet: str
    desired: int
    maximum: int
    failed_boots: tuple[BootFailure, ...]
    members: tuple[Member, ...]
    decision: ScalerView | None
    queues: Queues
    unreadable: tuple[str, ...] = ()
    """What is wrong with records of workers and of queued renders; docs/security.md says what to look at."""


def status_of(fleet: str, place: StackPlace, calls: Calls) -> FleetStatus:
    """Read queues, group, workers and the scaler's last decision."""
    with expecting_table(place):
        waiting = waiting_in(Table(calls.dynamodb(), place.store.table), fleet)
    return status_with(waiting, fleet, place, calls)


def status_with(waiting: WaitingRenders, fleet: str, place: StackPlace, calls: Calls) -> FleetStatus:
    """The same, by whoever has read the renders that wait."""
    table = Table(calls.dynamodb(), place.store.table)
    unreadable = list[UnreadableItemError]()
    with expecting_table(place):
        records = FleetWorkers(table).records(fleet, heard_after=0, on_unreadable=unreadable.append)
    workers = {one.instance_id: one for one in records.workers}
    group = place.fleet(fleet).group
    answer = calls.autoscaling().describe_auto_scaling_groups(AutoScalingGroupNames=[group])
    shown = answer["AutoScalingGroups"][0] if answer["AutoScalingGroups"] else None
    listed = shown["Instances"] if shown else []
    return FleetStatus(
        fleet=fleet,
        desired=shown["DesiredCapacity"] if shown else 0,
        maximum=shown["MaxSize"] if shown else 0,
        failed_boots=tuple(sorted(records.failures, key=lambda one: -one.at)),
        members=tuple(_member(one, workers) for one in listed),
        decision=CustomerJobs(table).scaler_view(fleet),
        queues=waiting.queues,
        unreadable=(*map(str, unreadable), *waiting.unreadable),
    )


def _member(instance: "InstanceTypeDef", workers: dict[str, Worker]) -> Member:
    return Member(
        instance=instance["InstanceId"],
        lifecycle=instance["LifecycleState"],
        health=instance["HealthStatus"],
        kind=instance.get("InstanceType", ""),
        zone=instance["AvailabilityZone"],
        worker=workers.get(instance["InstanceId"]),
    )


def as_text(found: Sequence[FleetStatus], now: float) -> str:
    """Failed boots of all fleets first, then each fleet with its instances."""
    failed = [
        f"failed boot  {one.fleet}  {one.instance_id}  {_ago(now - one.at)} ago: {one.words}"
        for fleet in found
        for one in fleet.failed_boots
    ]
    lines = (line for fleet in found for line in _lines(fleet, now))
    return "\n".join(printable(line) for line in [*failed, *lines])


def _lines(fleet: FleetStatus, now: float) -> Iterator[str]:
    counts = f"{len(fleet.members)} instances, {fleet.desired} desired, at most {fleet.maximum}"
    yield f"{fleet.fleet}: {counts}"
    yield f"  queued: {fleet.queues}"
    if fleet.decision is not None:
        taken = f"{datetime.fromtimestamp(fleet.decision.taken_at, UTC):%H:%M:%S} UTC"
        yield f"  scaler at {taken}: {fleet.decision.reason} ({fleet.decision.reason_code})"
    yield from (f"  unreadable: {one}" for one in fleet.unreadable)
    for one in fleet.members:
        about = f"{one.instance}  {one.lifecycle:<12}  {one.health:<9}  {one.zone}"
        yield f"  {about}  {_work(one, now)}"


def _work(member: Member, now: float) -> str:
    worker = member.worker
    if worker is None:
        return "no agent yet"
    job = f" {worker.job_id} attempt {worker.attempt}" if worker.job_id else ""
    return f"{worker.state.value}{job}, heard {_ago(now - worker.heartbeat_at)} ago"


def _ago(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"  # noqa: PLR2004 - two minutes
