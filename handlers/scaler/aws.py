"""The fleet at AWS: one Auto Scaling group, one queue, the workers' records."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from handlers.jobs import keys
from handlers.jobs.errors import calling
from handlers.jobs.items import worker_from_item
from handlers.jobs.table import Query, Table, equal
from handlers.jobs.verdicts import DrainVerdict
from handlers.jobs.workers import WorkerTable

from .ports import State
from .sighting import Member, sight
from .snapshot import Snapshot, Stage

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_sqs import SQSClient

ACTIONS = frozenset(
    {
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:SetDesiredCapacity",
        "autoscaling:SetInstanceHealth",
        "autoscaling:TerminateInstanceInAutoScalingGroup",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
        "sqs:GetQueueAttributes",
    }
)

# Full jitter between attempts is botocore's own in standard mode.
PATIENT = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "max_attempts": 5})


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a fleet lies."""

    fleet: str
    group: str
    queue_url: str


class AwsFleet:
    """Looks with four calls whatever the size of the fleet; acts with one or two calls an instance."""

    def __init__(
        self, place: Place, table: Table, autoscaling: "AutoScalingClient", sqs: "SQSClient"
    ) -> None:
        self._fleet, self._group, self._queue_url = place.fleet, place.group, place.queue_url
        self._autoscaling, self._sqs, self._table = autoscaling, sqs, table
        self._workers = WorkerTable(table)

    def look(self, state: State, now: float) -> Snapshot:
        """Queue, group and workers as they are now."""
        desired, members = self._members()
        found = self._table.query(
            Query(index=keys.BY_STATE, match=equal(state_pk=keys.workers_pk(self._fleet)))
        )
        workers = {worker.instance_id: worker for worker in map(worker_from_item, found)}
        instances, history = sight(members, workers, state.history.at(now), now)
        busy = sum(1 for one in instances if one.stage is Stage.BUSY)
        oldest = self._oldest(now)
        return Snapshot(
            taken_at=now,
            # A job that lies in the store counts even if its message is late or lost.
            queued=max(self._depth(busy), 1 if oldest is not None else 0),
            oldest_s=oldest or 0.0,
            desired=desired,
            instances=instances,
            history=history,
            memory=state.memory,
        )

    def raise_desired(self, desired: int) -> None:
        """Set desired; instances are protected from scale-in, so even a late call ends none."""
        with calling("set desired capacity"):
            self._autoscaling.set_desired_capacity(
                AutoScalingGroupName=self._group, DesiredCapacity=desired, HonorCooldown=False
            )

    def drain(self, instance: str) -> bool:
        """Mark first; only a worker that can never claim again is ended."""
        if self._workers.mark_draining(instance) not in (DrainVerdict.MARKED, DrainVerdict.ALREADY_DRAINING):
            return False
        with calling("end an instance"):
            self._autoscaling.terminate_instance_in_auto_scaling_group(
                InstanceId=instance, ShouldDecrementDesiredCapacity=True
            )
        return True

    def reuse(self, instance: str) -> bool:
        """Not yet: a draining worker's agent has already stopped."""
        del instance
        return False

    def replace(self, instance: str) -> None:
        """The group ends the instance and launches another, desired stays."""
        with calling("set instance health"):
            self._autoscaling.set_instance_health(
                InstanceId=instance, HealthStatus="Unhealthy", ShouldRespectGracePeriod=False
            )

    def _members(self) -> tuple[int, list[Member]]:
        with calling("describe the group"):
            answer = self._autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[self._group])
        if not answer["AutoScalingGroups"]:
            raise LookupError(f"there is no Auto Scaling group called {self._group!r}")
        group = answer["AutoScalingGroups"][0]
        members = [
            Member(
                id=one["InstanceId"],
                lifecycle=one["LifecycleState"],
                healthy=one["HealthStatus"] == "Healthy",
            )
            for one in group["Instances"]
        ]
        return group["DesiredCapacity"], members

    def _depth(self, busy: int) -> int:
        """Messages that no busy worker holds."""
        with calling("read the queue's depth"):
            attributes = self._sqs.get_queue_attributes(
                QueueUrl=self._queue_url,
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesNotVisible",
                    "ApproximateNumberOfMessagesDelayed",
                ],
            )["Attributes"]
        waiting = int(attributes["ApproximateNumberOfMessages"]) + int(
            attributes["ApproximateNumberOfMessagesDelayed"]
        )
        return waiting + max(0, int(attributes["ApproximateNumberOfMessagesNotVisible"]) - busy)

    def _oldest(self, now: float) -> float | None:
        """For how long the oldest queued job waits, from the job store; None without any."""
        query = Query(index=keys.BY_STATE, match=equal(state_pk=keys.queued_pk(self._fleet)), page=1)
        for item in self._table.query(query):
            since = item.get("state_sk")
            return max(0.0, now - since) if isinstance(since, int | float) else 0.0
        return None


def connect(place: Place, table: Table, region: str) -> AwsFleet:
    """The deployed fleet."""
    return AwsFleet(
        place,
        table,
        boto3.client("autoscaling", region_name=region, config=PATIENT),
        boto3.client("sqs", region_name=region, config=PATIENT),
    )
