"""One look at a job: job, progress and events by one call, whatever else lies in the partition."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from handlers.jobs.model import Worker
from handlers.jobs.states import EventKind
from handlers.jobs.store import keys
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.customers import looks
from handlers.jobs.store.reading import UnreadableItemError
from handlers.jobs.store.table import PRESENT, Put, Table
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from tests.handlers.conftest import Clock, NewJob

if TYPE_CHECKING:
    from botocore.model import OperationModel
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, kw_only=True)
class Counting:
    """The table, and the calls that were made to it."""

    table: Table
    calls: list[str]


@pytest.fixture
def counting(table: Table, dynamodb: "DynamoDBClient") -> Iterator[Counting]:
    calls: list[str] = []

    def note(model: "OperationModel", **_: object) -> None:
        if model.name in {"Query", "GetItem"}:
            calls.append(model.name)

    dynamodb.meta.events.register("after-call.dynamodb", note)
    yield Counting(table=table, calls=calls)
    dynamodb.meta.events.unregister("after-call.dynamodb", note)


def test_job_progress_and_events_come_by_one_call(
    counting: Counting, table: Table, new_job: NewJob, new_worker: Callable[[str], Worker], clock: Clock
) -> None:
    job = new_job()
    new_worker("i-1")
    claim = Claim(job_id=job.id, attempt=1, instance_id="i-1")
    WorkerJobs(table).claim(claim, now=clock(), lease_seconds=60)
    WorkerJobs(table).report(claim, percent=30, stage="encoding", expires_at=job.expires_at)
    counting.calls.clear()
    look = CustomerJobs(counting.table).look(job.id)
    assert look
    assert (look.job.progress, look.job.stage) == (30, "encoding")
    assert [one.kind for one in look.events] == [EventKind.SUBMITTED, EventKind.CLAIMED]
    assert counting.calls == ["Query"]


def test_of_a_deleted_job_nothing_is_seen(counting: Counting, new_job: NewJob) -> None:
    job = new_job()
    counting.table.delete(keys.job(job.id), PRESENT)
    assert CustomerJobs(counting.table).look(job.id) is None
    assert CustomerJobs(counting.table).look(job.id.replace("r_", "r_0")[:28]) is None


def test_items_that_an_instance_has_put_hide_no_job_and_cost_few_calls(
    counting: Counting, new_job: NewJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "PAGE", 2)
    monkeypatch.setattr(looks, "MOST_ITEMS", 6)
    job = new_job()
    for number in range(20):
        counting.table.put(Put(item={"pk": keys.job(job.id).pk, "sk": f"K{number:02}"}))
    counting.calls.clear()
    look = CustomerJobs(counting.table).look(job.id)
    assert look
    assert (look.job.id, look.events) == (job.id, ())
    assert counting.calls == ["Query"] * 3 + ["GetItem"]


def test_an_event_that_cannot_be_read_is_skipped_and_told(counting: Counting, new_job: NewJob) -> None:
    job, told = new_job(), list[UnreadableItemError]()
    counting.table.put(Put(item={"pk": keys.job(job.id).pk, "sk": "EVENT#000002"}))
    look = CustomerJobs(counting.table, told.append).look(job.id)
    assert look
    assert [one.kind for one in look.events] == [EventKind.SUBMITTED]
    assert len(told) == 1
