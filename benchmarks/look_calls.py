"""The AWS calls of one look at a very large fleet, counted where they leave the machine.

The clients are boto3's own, down to the HTTP request; only the far end is played, and it pages as AWS does.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from urllib.parse import parse_qs

import boto3
from botocore import UNSIGNED
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config

from handlers.jobs.model import Worker, WorkerState
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import encode_item
from handlers.jobs.store.items import worker_to_item
from handlers.jobs.store.table import Table
from handlers.scaler.aws import AwsFleet, FleetResources
from handlers.scaler.decision import decide
from handlers.scaler.decision.limits import Limits
from handlers.scaler.group import Group, Hooks
from handlers.scaler.state_store import TableStateStore

ALLOWED = 6
NOW = 1_764_000_000.0
PAGE_BYTES = 1_000_000
"""DynamoDB ends a page of a query at 1 MB (developer guide, "Query"), counting less for an item than JSON."""
RESOURCES = FleetResources(
    fleet="cpu",
    group="render-cpu",
    launch_hook="bootstrap",
    terminate_hook="drain",
    queue_url="https://queue.invalid/1/cpu",
)

Items = list[Mapping[str, object]]


class Content(BytesIO):
    """A body that botocore can stream."""

    def stream(self) -> list[bytes]:
        """All of it."""
        return [self.read()]


@dataclass
class FarEnd:
    """Answers for AWS and counts: a group of which a tenth is never launched, its workers, a long queue."""

    jobs: int
    instances: int
    calls: Counter[str] = field(default_factory=Counter)
    record: dict[str, object] = field(default_factory=dict)
    queued: Items = field(init=False)
    workers: Items = field(init=False)

    def __post_init__(self) -> None:
        self.queued = [{"enqueued_at": {"N": str(NOW - self.jobs / 10 + n / 10)}} for n in range(self.jobs)]
        self.workers = [encode_item(worker_to_item(_worker(n), 2_000_000_000)) for n in range(self.instances)]

    def answer(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        """The answer to one request, in the service's own protocol."""
        target = request.headers.get("X-Amz-Target")
        sent = request.body if isinstance(request.body, bytes) else str(request.body).encode()
        if target is None:
            action = parse_qs(sent.decode())["Action"][0]
            body = self._group() if action == "DescribeAutoScalingGroups" else _xml(action, "<Activities/>")
        else:
            action = (target if isinstance(target, str) else target.decode()).rpartition(".")[2]
            body = json.dumps(self._json(action, json.loads(sent))).encode()
        self.calls[action] += 1
        return AWSResponse(request.url, 200, HTTPHeaders(), Content(body))

    def _json(self, action: str, request: dict[str, dict[str, dict[str, str]]]) -> dict[str, object]:
        if action == "GetQueueAttributes":
            depths = ("", "Delayed", "NotVisible")
            names = [f"ApproximateNumberOfMessages{depth}" for depth in depths]
            return {"Attributes": dict(zip(names, (str(self.jobs), "0", "0"), strict=True))}
        if action == "PutItem":
            self.record = dict(request["Item"])
            return {}
        if action == "GetItem":
            return {"Item": self.record} if self.record else {}
        values = [value["S"] for value in request["ExpressionAttributeValues"].values() if "S" in value]
        found = self.workers if values == [keys.workers_pk(RESOURCES.fleet)] else self.queued
        return _page(found, request)

    def _group(self) -> bytes:
        """A group's instances come in one answer: only groups are paged (API reference, `NextToken`)."""
        one = "<LifecycleState>InService</LifecycleState><HealthStatus>Healthy</HealthStatus>"
        listed = (f"<member><InstanceId>{_name(n)}</InstanceId>{one}</member>" for n in range(self.instances))
        desired = f"<DesiredCapacity>{self.instances * 11 // 10}</DesiredCapacity>"
        group = f"<member>{desired}<Instances>{''.join(listed)}</Instances></member>"
        return _xml("DescribeAutoScalingGroups", f"<AutoScalingGroups>{group}</AutoScalingGroups>")


def looks(limits: Limits, *, jobs: int, instances: int) -> dict[str, Counter[str]]:
    """The calls of a copy's first look, and of a later one that asks why launches are overdue."""
    far_end = FarEnd(jobs=jobs, instances=instances)
    fleet, store = _connected(far_end)
    found: dict[str, Counter[str]] = {}
    for name, now in (("first look of a copy", NOW), ("look with overdue launches", NOW + 30)):
        far_end.calls.clear()
        state = store.read()
        snapshot = fleet.look(state, now)
        found[name] = Counter(far_end.calls)
        store.write(state, snapshot, decide(snapshot, limits), "")
    return found


def _connected(far_end: FarEnd) -> tuple[AwsFleet, TableStateStore]:
    session = boto3.Session(region_name="eu-central-1")
    once = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
    dynamodb, sqs = session.client("dynamodb", config=once), session.client("sqs", config=once)
    autoscaling = session.client("autoscaling", config=once)
    for client in (dynamodb, sqs, autoscaling):
        # The first answer of a listener is taken for the response, which the stubs do not know.
        client.meta.events.register("before-send", far_end.answer)  # type: ignore[arg-type]
    table = Table(dynamodb, "jobs")
    group = Group(
        autoscaling, RESOURCES.group, Hooks(launch=RESOURCES.launch_hook, terminate=RESOURCES.terminate_hook)
    )
    return AwsFleet(RESOURCES, table, group, sqs), TableStateStore(table, RESOURCES.fleet)


def _page(items: Items, request: Mapping[str, object]) -> dict[str, object]:
    after, limit = request.get("ExclusiveStartKey"), request.get("Limit")
    begin = int(after["n"]["N"]) if isinstance(after, dict) else 0
    rest = items[begin : begin + limit] if isinstance(limit, int) else items[begin:]
    page: Items = []
    size = 0
    for item in rest:
        size += len(json.dumps(item, separators=(",", ":")))
        if page and size > PAGE_BYTES:
            break
        page.append(item)
    end = begin + len(page)
    return {"Items": page, **({"LastEvaluatedKey": {"n": {"N": str(end)}}} if end < len(items) else {})}


def _xml(action: str, result: str) -> bytes:
    return f"<{action}Response><{action}Result>{result}</{action}Result></{action}Response>".encode()


def _worker(number: int) -> Worker:
    return Worker(
        instance_id=_name(number),
        fleet=RESOURCES.fleet,
        state=WorkerState.BUSY,
        heartbeat_at=NOW - 5 - number / 1_000,
        registered_at=NOW - 9_000 - number / 1_000,
        job_id=f"r_{number:026}",
        attempt=1,
    )


def _name(number: int) -> str:
    return f"i-{number:017x}"
