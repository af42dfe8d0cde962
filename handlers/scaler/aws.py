"""The fleet at AWS: its group, its queue, its workers' records."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from handlers.jobs.answers import DrainAnswer
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.messages import queue_depth
from handlers.jobs.messages.queue_depth import read_depths
from handlers.jobs.model import Job, Priority, Worker, WorkerState
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Item, Value
from handlers.jobs.store.fleet_workers import FleetWorkers
from handlers.jobs.store.items import job_from_item, worker_to_item
from handlers.jobs.store.reading import OnUnreadable, Reader, UnreadableItemError, readable, untold
from handlers.jobs.store.table import Put, Query, Table, equal
from handlers.jobs.store.worker_heartbeats import RECORD_SECONDS
from handlers.jobs.store.writing import read_job, read_worker
from handlers.scaler import group as groups
from handlers.scaler.decision.snapshot import LaunchError, Snapshot, Stage
from handlers.scaler.group import Group, GroupView, Hooks
from handlers.scaler.observing import Before, Records, boot_failure, observe
from handlers.scaler.ports import State

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

ACTIONS = (
    groups.ACTIONS
    | queue_depth.ACTIONS
    | {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"}
)

# Standard mode waits with full jitter between attempts.
PATIENT = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "max_attempts": 5})

COUNTED = 500
"""Up to so many queued jobs are counted in the store, as a rule by one call; of a deeper queue the messages
are. The message of a job that was cancelled while it waited is no work, and a tenant can make many."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class FleetResources:
    """The names of what AWS holds for a fleet."""

    fleet: str
    group: str
    launch_hook: str
    terminate_hook: str
    queue_url: str


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Queued jobs in the store, counted up to one more than `COUNTED`.

    Attributes:
        jobs: how many; an item that cannot be read is one as well, so that nobody hides jobs behind such.
        oldest_s: for how long the one waits whose message was sent the longest ago; 0 without any.
    """

    jobs: int
    oldest_s: float


class AwsFleet:
    """Looks with four calls whatever the size of the fleet, and a fifth when launches are overdue."""

    def __init__(
        self,
        resources: FleetResources,
        table: Table,
        group: Group,
        sqs: "SQSClient",
        on_unreadable: OnUnreadable = untold,
    ) -> None:
        self._resources, self._table, self._group, self._sqs = resources, table, group, sqs
        self._on_unreadable = on_unreadable
        self._workers = FleetWorkers(table)

    def look(self, state: State, now: float) -> Snapshot:
        """Queue, group and workers as they are now; without the group there is nothing to decide."""
        blind: list[str] = []
        view = self._group.describe()
        found = _seen(lambda: self._records(now), Records(), "the workers' records are unreachable", blind)
        instances, history = observe(view.members, found, state.history, now, _before(state))
        busy = sum(1 for one in instances if one.stage is Stage.BUSY)
        depth = _seen(lambda: self._depth(busy), None, "the queue's depth is unreachable", blind)
        waiting = _seen(lambda: self._waiting(now), None, "the job store is unreachable", blind)
        errors: tuple[LaunchError, ...] = ()
        if _short(view, state, blind):
            since = state.memory.unfulfilled_since or now
            errors = _seen(
                lambda: self._group.launch_errors(since), (), "the group's activities are unreachable", blind
            )
        return Snapshot(
            taken_at=now,
            queued=_queued(waiting, depth or 0),
            oldest_s=waiting.oldest_s if waiting else 0.0,
            desired=view.desired,
            instances=instances,
            history=history if not blind else state.history,
            memory=state.memory,
            launch_errors=errors,
            boot_failure=boot_failure(found.failures, found.workers.values()),
            spot_share=view.spot_share,
            blind="; ".join(blind) or None,
        )

    def raise_desired(self, desired: int) -> None:
        """Ask for more instances."""
        self._group.set_desired(desired)

    def drain(self, instance: str) -> bool:
        """Mark first; only a worker that can never claim again is ended."""
        if self._workers.mark_draining(instance) not in (DrainAnswer.MARKED, DrainAnswer.ALREADY_DRAINING):
            return False
        self._group.end(instance)
        return True

    def replace(self, instance: str, *, now: float, heard_after: float) -> bool:
        """Let the group end the instance and launch another, unless it has come to life meanwhile.

        One that never registered gets a record that is draining already: its agent, should it come up in
        this very moment, finds it and claims nothing.
        """
        answer = self._workers.mark_draining(instance)
        if answer is DrainAnswer.UNKNOWN and not self._table.put(Put(item=self._epitaph(instance, now))):
            return False
        if answer is DrainAnswer.BUSY and self._heard(instance, heard_after):
            return False
        self._group.replace(instance)
        return True

    def release(self, instance: str, *, heard_after: float) -> bool:
        """Take a silent worker out of service whose attempt is fenced off, and then end the wait for it.

        An attempt that has lost its job never gets it back, and a draining worker claims no other. So whoever
        is ended here can do nothing anymore, even if it speaks in this very moment.
        """
        try:
            worker = read_worker(self._table, instance)
            spared = worker is None or worker.heartbeat_at > heard_after or self._holds_its_job(worker)
        except UnreadableItemError as error:
            self._on_unreadable(error)
            return False
        if worker is None or spared:
            return False
        return self._workers.mark_silent(worker) and self._group.release(instance)

    def mix(self, spot_share: float) -> None:
        """Launch with this share of spot."""
        self._group.mix(spot_share)

    def _epitaph(self, instance: str, now: float) -> Item:
        worker = Worker(
            instance_id=instance,
            fleet=self._resources.fleet,
            state=WorkerState.DRAINING,
            heartbeat_at=now,
            registered_at=now,
        )
        return worker_to_item(worker, int(now) + RECORD_SECONDS)

    def _holds_its_job(self, worker: Worker) -> bool:
        job = worker.job_id and read_job(self._table, worker.job_id)
        return bool(
            job
            and job.state is JobState.RENDERING
            and (job.attempt, job.lease_owner) == (worker.attempt, worker.instance_id)
        )

    def _heard(self, instance: str, after: float) -> bool:
        try:
            worker = read_worker(self._table, instance)
        except UnreadableItemError:
            return False
        return worker is not None and worker.heartbeat_at > after

    def _records(self, now: float) -> Records:
        """Who has spoken within the time that a record is kept: DynamoDB drops expired ones days late."""
        found = self._workers.records(
            self._resources.fleet, heard_after=now - RECORD_SECONDS, on_unreadable=self._on_unreadable
        )
        workers = {one.instance_id: one for one in found.workers}
        return Records(workers=workers, failures=found.failures)

    def _depth(self, busy: int) -> int:
        """Messages that no busy worker holds, on both queues."""
        found = read_depths(self._sqs, self._resources.queue_url)
        return found.waiting + max(0, found.in_flight - busy)

    def _waiting(self, now: float) -> Waiting:
        """The queued jobs of the store, those first whose messages were sent the longest ago.

        Of bulk jobs nobody has said how soon they shall start, so the oldest is a normal one.
        """
        match = equal(state_pk=keys.queued_pk(self._resources.fleet))
        query = Query(index=keys.BY_STATE, match=match, page=COUNTED + 1)
        found, oldest_s = 0, None
        for item in islice(self._table.query(query), COUNTED + 1):
            found += 1
            if oldest_s is None:
                for job in readable([item], self._queued_job, self._on_unreadable):
                    if job.priority is Priority.BULK:
                        continue
                    oldest_s = max(0.0, now - (job.enqueued_at or job.created_at))
        return Waiting(jobs=found, oldest_s=oldest_s or 0.0)

    def _queued_job(self, item: Mapping[str, Value]) -> Job:
        """A job whose item says the same fleet and state as its place in the index."""
        job = job_from_item(item)
        if (job.fleet, job.state) != (self._resources.fleet, JobState.QUEUED):
            raise Reader(item).refusal("fleet", f"a queued job of {self._resources.fleet}")
        return job


def _queued(waiting: Waiting | None, messages: int) -> int:
    """Jobs rather than messages: one that lost its lease has two of them, and one may be late or lost.

    A message without any job counts as one, for the index follows the table with a delay.
    """
    if waiting is None:
        return messages
    if waiting.jobs > COUNTED:
        return max(waiting.jobs, messages)
    return max(waiting.jobs, min(messages, 1))


def connect(
    resources: FleetResources, table: Table, region: str, on_unreadable: OnUnreadable = untold
) -> AwsFleet:
    """The deployed fleet."""
    client = boto3.client("autoscaling", region_name=region, config=PATIENT)
    hooks = Hooks(launch=resources.launch_hook, terminate=resources.terminate_hook)
    return AwsFleet(
        resources,
        table,
        Group(client, resources.group, hooks),
        boto3.client("sqs", region_name=region, config=PATIENT),
        on_unreadable,
    )


def _seen(look: Callable[[], T], otherwise: T, trouble: str, blind: list[str]) -> T:
    """What this look saw; trouble of any kind is noted, so that capacity can still be added."""
    try:
        return look()
    except (TryAgainLater, ClientError, ValueError) as error:
        blind.append(f"{trouble} ({error})")
        return otherwise


def _short(view: GroupView, state: State, blind: list[str]) -> bool:
    """Launches are overdue, and the state did not cost a call: then there is one left to ask why."""
    return (
        state.cached
        and not blind
        and view.desired > len(view.members)
        and bool(state.memory.unfulfilled_since)
    )


def _before(state: State) -> Before:
    asked = state.taken_at is not None and state.memory.last_out == state.taken_at
    return Before(at=state.taken_at, asked=asked)
