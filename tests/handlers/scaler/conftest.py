"""Fleets as the scaler sees them, built with a word or two."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from math import log
from typing import TYPE_CHECKING, Any, ClassVar

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber

from handlers.jobs.model import Worker, WorkerState
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import encode_item
from handlers.jobs.store.items import worker_to_item
from handlers.jobs.store.table import Put, Table
from handlers.scaler.aws import AwsFleet, FleetResources
from handlers.scaler.decision import Decision, Instance, Limits, Snapshot, Stage
from handlers.scaler.decision.estimate import Estimate
from handlers.scaler.decision.history import History, News
from handlers.scaler.decision.load.arrivals import Histogram, added
from handlers.scaler.decision.load.durations import Counts, observed
from handlers.scaler.group import Group, Hooks
from handlers.scaler.ports import StaleCopyError, State
from handlers.scaler.state_store import TableStateStore

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_autoscaling.type_defs import AutoScalingGroupTypeDef
    from mypy_boto3_sqs import SQSClient

HOOKS = Hooks(launch="bootstrap", terminate="drain")
LIMITS = Limits(
    minimum=0,
    maximum=50,
    wait_objective_s=60,
    wait_quantile=0.95,
    service_s=100,
    boot_s=120,
    idle_before_scale_in_s="priced",
    billing_minimum_s=60,
    wait_price=2,
    look_s=60,
    silence_s=30,
    launch_deadline_s=240,
    bootstrap_deadline_s=300,
    heartbeat_deadline_s=60,
    replacements=5,
    replacement_window_s=900,
    launches_per_minute=100,
    unfulfilled_s=180,
    breaker_open_s=300,
    on_demand_price=0.40,
    spot_price=0.16,
    on_demand_base=1,
    spot_share=0.8,
    spend_ceiling="unlimited",
)


@dataclass
class FakeFleet:
    """A fleet that shows one snapshot and notes every order."""

    snapshot: Snapshot
    takes_jobs: frozenset[str] = frozenset()
    orders: list[tuple[object, ...]] = field(default_factory=list)

    def look(self, state: State, now: float) -> Snapshot:
        return replace(self.snapshot, memory=state.memory)

    def raise_desired(self, desired: int) -> None:
        self.orders.append(("raise", desired))

    def drain(self, instance: str) -> bool:
        self.orders.append(("drain", instance))
        return instance not in self.takes_jobs

    def replace(self, instance: str, *, now: float, heard_after: float) -> bool:
        self.orders.append(("replace", instance, now - heard_after))
        return True

    def release(self, instance: str, *, heard_after: float) -> bool:
        self.orders.append(("release", instance, self.snapshot.taken_at - heard_after))
        return True

    def mix(self, spot_share: float) -> None:
        self.orders.append(("mix", spot_share))


@dataclass
class FakeLedger:
    """A record in memory with the same fence."""

    state: State = field(default_factory=State)

    def read(self) -> State:
        return self.state

    def write(self, before: State, snapshot: Snapshot, decision: Decision, batch: str) -> None:
        if before.version != self.state.version:
            raise StaleCopyError("another copy was faster")
        self.state = State(
            version=before.version + 1,
            batches=(batch, *before.batches) if batch else before.batches,
            history=snapshot.history,
            memory=decision.memory,
            taken_at=snapshot.taken_at,
        )


@dataclass(frozen=True)
class FakeNews:
    """News under a name."""

    batch: str = ""
    news: News = field(default_factory=News)

    def read(self) -> News:
        return self.news


@dataclass
class Deployed:
    """A fleet on moto: a group over one subnet, a queue, the table."""

    autoscaling: "AutoScalingClient"
    sqs: "SQSClient"
    table: Table
    queue_url: str
    fleet: AwsFleet

    def launch(self, count: int) -> list[str]:
        """Instances in service, in the group's order."""
        self.autoscaling.set_desired_capacity(AutoScalingGroupName="render-cpu", DesiredCapacity=count)
        return [one["InstanceId"] for one in self._group()["Instances"]]

    def ids(self) -> list[str]:
        return [one["InstanceId"] for one in self._group()["Instances"]]

    def health(self, instance: str) -> str:
        return next(
            one["HealthStatus"] for one in self._group()["Instances"] if one["InstanceId"] == instance
        )

    def desired(self) -> int:
        return self._group()["DesiredCapacity"]

    def register(
        self,
        instance: str,
        *,
        state: WorkerState = WorkerState.IDLE,
        job_id: str | None = None,
        now: float = 1_000.0,
    ) -> None:
        worker = Worker(
            instance_id=instance,
            fleet="cpu",
            state=state,
            heartbeat_at=now,
            registered_at=now,
            idle_since=now if state is WorkerState.IDLE else None,
            job_id="r_1" if state is WorkerState.BUSY else job_id,
        )
        self.table.put(Put(item=worker_to_item(worker, 2_000_000_000)))

    def store(self) -> TableStateStore:
        """As another copy of the function would have it."""
        return TableStateStore(self.table, "cpu")

    def _group(self) -> "AutoScalingGroupTypeDef":
        return self.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]


@pytest.fixture
def deployed(aws: None, table: Table, sqs: "SQSClient", queue_url: str) -> Deployed:
    autoscaling = boto3.client("autoscaling")
    ec2 = boto3.client("ec2")
    template = ec2.create_launch_template(
        LaunchTemplateName="render",
        LaunchTemplateData={"ImageId": "ami-12c6146b", "InstanceType": "c7i.large"},
    )["LaunchTemplate"]["LaunchTemplateId"]
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="render-cpu",
        LaunchTemplate={"LaunchTemplateId": template, "Version": "1"},
        MinSize=0,
        MaxSize=50,
        NewInstancesProtectedFromScaleIn=True,
        VPCZoneIdentifier=ec2.describe_subnets()["Subnets"][0]["SubnetId"],
    )
    resources = FleetResources(
        fleet="cpu", group="render-cpu", launch_hook="bootstrap", terminate_hook="drain", queue_url=queue_url
    )
    fleet = AwsFleet(resources, table, Group(autoscaling, "render-cpu", HOOKS), sqs)
    return Deployed(autoscaling=autoscaling, sqs=sqs, table=table, queue_url=queue_url, fleet=fleet)


@pytest.fixture
def stubbed_group(aws: None) -> Iterator[tuple[Group, Stubber]]:
    """A group whose answers a test writes down."""
    client = boto3.client("autoscaling", config=Config(retries={"total_max_attempts": 1}))
    with Stubber(client) as stub:
        yield Group(client, "render-cpu", HOOKS), stub


@dataclass
class BigGroup:
    """An Auto Scaling client whose group has very many instances."""

    instances: int
    calls: Counter[str]

    def describe_auto_scaling_groups(self, **_: object) -> dict[str, object]:
        self.calls["DescribeAutoScalingGroups"] += 1
        one = {"LifecycleState": "InService", "HealthStatus": "Healthy"}
        listed = [{"InstanceId": f"i-{n:017x}", **one} for n in range(self.instances)]
        group = {"DesiredCapacity": self.instances, "Instances": listed}
        return {"AutoScalingGroups": [group]}

    def set_desired_capacity(self, **_: object) -> None:
        self.calls["SetDesiredCapacity"] += 1


@dataclass
class BigQueue:
    """An SQS client whose queue has very many messages."""

    messages: int
    calls: Counter[str]

    def get_queue_attributes(self, **_: object) -> dict[str, object]:
        self.calls["GetQueueAttributes"] += 1
        return {
            "Attributes": {
                "ApproximateNumberOfMessages": str(self.messages),
                "ApproximateNumberOfMessagesDelayed": "0",
                "ApproximateNumberOfMessagesNotVisible": "0",
            }
        }


@dataclass
class BigTable:
    """A DynamoDB client over very many items, which pages its answers as DynamoDB does."""

    items: dict[str, list[dict[str, object]]]
    calls: Counter[str]
    record: dict[str, object] = field(default_factory=dict)

    PAGE_BYTES: ClassVar = 1_000_000

    def query(self, **request: Any) -> dict[str, object]:
        self.calls["Query"] += 1
        items = self.items[next(v["S"] for v in request["ExpressionAttributeValues"].values() if "S" in v)]
        begin = int(request.get("ExclusiveStartKey", {}).get("n", {"N": "0"})["N"])
        each = max(1, len(json.dumps(items[0])))
        end = begin + min(request.get("Limit", len(items)), self.PAGE_BYTES // each)
        more = {"LastEvaluatedKey": {"n": {"N": str(end)}}} if end < len(items) else {}
        return {"Items": items[begin:end], **more}

    def get_item(self, **_: object) -> dict[str, object]:
        self.calls["GetItem"] += 1
        return {"Item": self.record} if self.record else {}

    def put_item(self, **request: Any) -> None:
        self.calls["PutItem"] += 1
        self.record = request["Item"]


@pytest.fixture
def big_fleet() -> Callable[..., tuple[AwsFleet, TableStateStore, Counter[str]]]:
    """A fleet of any size, and the AWS calls it makes."""

    def build(*, jobs: int, instances: int) -> tuple[AwsFleet, TableStateStore, Counter[str]]:
        calls: Counter[str] = Counter()
        workers = [
            Worker(
                instance_id=f"i-{n:017x}",
                fleet="cpu",
                state=WorkerState.BUSY,
                heartbeat_at=9_995.0,
                registered_at=1_000.0,
                job_id=f"r_{n:026}",
                attempt=1,
            )
            for n in range(instances)
        ]
        items: dict[str, list[dict[str, Any]]] = {
            keys.workers_pk("cpu"): [
                dict(encode_item(worker_to_item(one, 2_000_000_000))) for one in workers
            ],
            keys.queued_pk("cpu"): [{"enqueued_at": {"N": str(9_000 + n / 1_000)}} for n in range(jobs)],
        }
        table = Table(BigTable(items, calls), "clip-it-test")  # type: ignore[arg-type]
        group = Group(BigGroup(instances, calls), "render-cpu", HOOKS)  # type: ignore[arg-type]
        resources = FleetResources(
            fleet="cpu",
            group="render-cpu",
            launch_hook="bootstrap",
            terminate_hook="drain",
            queue_url="queue",
        )
        return AwsFleet(resources, table, group, BigQueue(jobs, calls)), TableStateStore(table, "cpu"), calls  # type: ignore[arg-type]

    return build


@pytest.fixture
def fake_fleet() -> type[FakeFleet]:
    return FakeFleet


@pytest.fixture
def fake_ledger() -> type[FakeLedger]:
    return FakeLedger


@pytest.fixture
def fake_news() -> type[FakeNews]:
    return FakeNews


@pytest.fixture
def limits() -> Callable[..., Limits]:
    def build(**changes: object) -> Limits:
        return replace(LIMITS, **changes)  # type: ignore[arg-type]

    return build


@pytest.fixture
def instances() -> Callable[..., tuple[Instance, ...]]:
    """`instances(idle=2, busy=1)`: that many of each stage, launched long before time 10,000."""

    def build(*, launched_at: float = 1_000.0, since: float = 9_000.0, **counts: int) -> tuple[Instance, ...]:
        return tuple(
            Instance(id=f"i-{stage}-{n}", stage=Stage(stage), launched_at=launched_at, since=since)
            for stage, count in counts.items()
            for n in range(count)
        )

    return build


def lasting(mean_s: float) -> Counts:
    """Two hundred renders with exponential durations."""
    counts: Counts = ()
    for n in range(200):
        counts = observed(counts, -mean_s * log((n + 0.5) / 200))
    return counts


@pytest.fixture
def look() -> Callable[..., Snapshot]:
    def build(**changes: object) -> Snapshot:
        group = changes.pop("instances", ())
        seen = Snapshot(
            taken_at=10_000.0,
            queued=0,
            oldest_s=0.0,
            desired=len(group),  # type: ignore[arg-type]
            instances=group,  # type: ignore[arg-type]
            history=History(served=lasting(100)),
        )
        return replace(seen, **changes)  # type: ignore[arg-type]

    return build


@pytest.fixture
def history() -> Callable[..., History]:
    """A settled hour with this many arrivals, this service time and this boot time."""

    def build(
        *, per_minute: int = 0, per_hour: int = 0, service_s: float = 100, boot_s: float = 120
    ) -> History:
        jobs = per_minute * 60 + per_hour
        arrived: Histogram = ()
        for n in range(jobs):
            arrived = added(arrived, 6_400 + 3_600 * (n + 0.5) / jobs)
        return History(
            arrived=arrived,
            served=lasting(service_s),
            boot=Estimate(count=200, mean=boot_s),
        )

    return build
