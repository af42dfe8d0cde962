"""Fixtures for every handler's tests.

- `aws`: moto in this process, with test credentials and region; every client must be made under it
- `clock`: a `Clock`; `clock()` is the time, `clock.forward(seconds)` moves it
- `table`: a `handlers.jobs.store.table.Table` with exactly the deployed schema (`TABLE` is its name)
- `sqs`, `dynamodb`: clients of moto
- `queue_url`: a fleet's queue of normal jobs, beside that of bulk ones
- `new_job(**fields)`: a queued `Job` of tenant `acme` in fleet `cpu`, written with its first event
- `new_worker(instance_id)`: a registered, idle `Worker` of fleet `cpu`
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Protocol

import boto3
import pytest

from handlers.jobs.ids import new_job_id
from handlers.jobs.messages.render_queue import BULK_SUFFIX
from handlers.jobs.model import Job, Worker
from handlers.jobs.states import JobState
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.fleet_workers import FleetWorkers
from handlers.jobs.store.keys import composition_object
from handlers.jobs.store.table import Table
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from tests.aws import REGION, emulated
from tests.job_table import create_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

TABLE = "clip-it-test"
START = 1_700_000_000.0


@dataclass
class Clock:
    """The time, which moves only when a test says so."""

    now: float = START

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> float:
        self.now += seconds
        return self.now


class NewJob(Protocol):
    def __call__(self, **fields: object) -> Job: ...


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with emulated(monkeypatch):
        yield


@pytest.fixture
def dynamodb(aws: None) -> "DynamoDBClient":
    client = _dynamodb_client()
    create_table(client, TABLE)
    return client


@pytest.fixture
def table(dynamodb: "DynamoDBClient") -> Table:
    return Table(dynamodb, TABLE)


@pytest.fixture
def sqs(aws: None) -> "SQSClient":
    return _sqs_client()


@pytest.fixture
def queue_url(sqs: "SQSClient") -> str:
    sqs.create_queue(QueueName=f"render-cpu{BULK_SUFFIX}")
    return sqs.create_queue(QueueName="render-cpu")["QueueUrl"]


@pytest.fixture
def new_job(table: Table, clock: Clock) -> NewJob:
    def submit(**fields: object) -> Job:
        job = a_job(now=clock(), **fields)
        assert CustomerJobs(table).submit(job, record=None, actor=f"api:{job.tenant}", now=clock()) is None
        written = CustomerJobs(table).get(job.id)
        assert written is not None
        return written

    return submit


@pytest.fixture
def new_worker(table: Table, clock: Clock) -> Callable[[str], Worker]:
    def register(instance_id: str) -> Worker:
        WorkerHeartbeats(table).register(instance_id, fleet="cpu", now=clock())
        return next(w for w in FleetWorkers(table).of_fleet("cpu") if w.instance_id == instance_id)

    return register


def a_job(*, now: float, **fields: object) -> Job:
    """A job as the job server would submit it."""
    job_id, tenant = str(fields.get("id", new_job_id(now))), str(fields.get("tenant", "acme"))
    defaults: dict[str, object] = {
        "id": job_id,
        "tenant": tenant,
        "fleet": "cpu",
        "state": JobState.QUEUED,
        "attempt": 1,
        "created_at": now,
        "updated_at": now,
        "enqueued_at": now,
        "expires_at": int(now) + 86400,
        "composition_key": composition_object(tenant, job_id),
        "trace_id": "0" * 32,
        "event_count": 1,
    }
    return Job(**{**defaults, **fields})  # type: ignore[arg-type]


@cache
def _sqs_client() -> "SQSClient":
    return boto3.client("sqs", region_name=REGION)


@cache
def _dynamodb_client() -> "DynamoDBClient":
    """One client for all tests: moto answers it afresh in each, and making one takes longer than a test."""
    client = boto3.client("dynamodb", region_name=REGION)
    _one_at_a_time(client)
    return client


def _one_at_a_time(client: "DynamoDBClient") -> None:
    """moto's transactions copy the table and put the copy back when one fails: no two at once."""
    lock, send = Lock(), client._endpoint.make_request  # type: ignore[attr-defined]

    def make_request(*arguments: object) -> object:
        with lock:
            return send(*arguments)

    client._endpoint.make_request = make_request  # type: ignore[attr-defined]
