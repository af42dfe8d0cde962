"""The customer's side of the table: nothing half written, nothing twice, one winner of every race."""

import dataclasses
from dataclasses import replace

import pytest

from handlers.jobs.answers import CancelRefusal
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.model import Failure, Job, Output
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import decode_item, encode_item
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.customers.idempotency import IdempotencyRecord
from handlers.jobs.store.dispatch_marks import DispatchMarks
from handlers.jobs.store.items import job_from_item, job_to_item
from handlers.jobs.store.keys import video_object
from handlers.jobs.store.overdue_jobs import OverdueJobs
from handlers.jobs.store.table import Put
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from tests.handlers.conftest import START, TABLE, a_job
from tests.handlers.life.memory_table import MemoryTable


@pytest.fixture
def jobs(table) -> CustomerJobs:
    return CustomerJobs(table)


def record_for(job: Job, now: float) -> IdempotencyRecord:
    return IdempotencyRecord(
        tenant=job.tenant, key="k", job_id=job.id, body_sha256="0" * 64, expires_at=int(now) + 100
    )


def test_a_lost_submission_leaves_neither_job_nor_event(jobs: CustomerJobs, clock, dynamodb) -> None:
    first, second = a_job(now=clock()), a_job(now=clock())
    record = record_for(first, clock())
    assert jobs.submit(first, record=record, actor="api:acme", now=clock()) is None
    assert jobs.submit(second, record=record_for(second, clock()), actor="api:acme", now=clock()) == record
    assert jobs.get(second.id) is None
    assert jobs.events(second.id) == []
    assert dynamodb.scan(TableName=TABLE)["Count"] == 3


def test_a_repeated_write_of_the_same_submission_is_its_own(jobs: CustomerJobs, clock) -> None:
    """The first took effect and its answer was lost: botocore sends it again."""
    job = a_job(now=clock())
    record = record_for(job, clock())
    assert jobs.submit(job, record=record, actor="api:acme", now=clock()) is None
    assert jobs.submit(job, record=record, actor="api:acme", now=clock()) is None
    assert [event.number for event in jobs.events(job.id)] == [1]


def test_an_expired_record_that_still_lies_there_is_replaced(jobs: CustomerJobs, clock) -> None:
    first, second = a_job(now=clock()), a_job(now=clock())
    jobs.submit(first, record=record_for(first, clock()), actor="api:acme", now=clock())
    clock.forward(100)
    assert jobs.idempotency_record("acme", "k", now=clock()) is None
    record = record_for(second, clock())
    assert jobs.submit(second, record=record, actor="api:acme", now=clock()) is None
    assert jobs.idempotency_record("acme", "k", now=clock()) == record


def test_a_job_is_never_written_over(jobs: CustomerJobs, clock) -> None:
    job = a_job(now=clock())
    jobs.submit(job, record=None, actor="api:acme", now=clock())
    with pytest.raises(TryAgainLater, match="overtaken"):
        jobs.submit(dataclasses.replace(job, tenant="other"), record=None, actor="api:other", now=clock())
    stored = jobs.get(job.id)
    assert stored is not None
    assert stored.tenant == "acme"


def test_a_job_survives_the_table_and_its_stream_unchanged(dynamodb, clock) -> None:
    job = a_job(
        now=clock() + 0.123,
        state=JobState.SUCCEEDED,
        template="title-card",
        webhook_url="https://example.com",
        output=Output(duration=2.5, width=64, height=32, bytes=9),
        failure=Failure(code=FailureCode.TIMED_OUT, detail="slow"),
        cancel_requested=True,
        started_at=clock(),
        finished_at=clock() + 0.5,
        dispatched_at=clock(),
        interruptions=2,
    )
    job = replace(job, output_key=video_object("acme", job.id, 1))
    dynamodb.put_item(TableName=TABLE, Item=encode_item(job_to_item(job)))
    item = dynamodb.scan(TableName=TABLE)["Items"][0]
    assert job_from_item(decode_item(item)) == job


def test_cancelling_and_claiming_at_once_has_one_winner(
    jobs: CustomerJobs, table, new_job, new_worker, clock
) -> None:
    """The worker has read the job and is about to write when the customer cancels."""
    new_worker("i-1")
    job = new_job()
    interfering = _Interfering(table, lambda: jobs.request_cancel(job.id, actor="api:acme", now=clock()))
    claim = Claim(job_id=job.id, attempt=1, instance_id="i-1")
    answer = WorkerJobs(interfering).claim(claim, now=clock(), lease_seconds=60)
    assert answer == "not_waiting"
    stored = jobs.get(job.id)
    assert stored is not None
    assert stored.state is JobState.CANCELLED


def test_completing_while_the_customer_cancels_ends_in_one_of_both(
    jobs: CustomerJobs, table, new_job, new_worker, clock
) -> None:
    new_worker("i-1")
    job = new_job()
    claim = Claim(job_id=job.id, attempt=1, instance_id="i-1")
    WorkerJobs(table).claim(claim, now=clock(), lease_seconds=60)
    interfering = _Interfering(table, lambda: jobs.request_cancel(job.id, actor="api:acme", now=clock()))
    video = Output(duration=1.0, width=64, height=64, bytes=1)
    done = WorkerJobs(interfering).complete(claim, output=video, output_key="o", now=clock())
    assert isinstance(done, Job)
    assert [event.kind for event in jobs.events(job.id)] == [
        "submitted",
        "claimed",
        "cancel_requested",
        "succeeded",
    ]
    assert [event.number for event in jobs.events(job.id)] == [1, 2, 3, 4]


def test_a_draining_mark_between_reading_and_writing_stops_the_claim(
    table, new_job, new_worker, clock
) -> None:
    new_worker("i-1")
    job = new_job()
    interfering = _Interfering(table, lambda: WorkerHeartbeats(table).start_draining("i-1"))
    claim = Claim(job_id=job.id, attempt=1, instance_id="i-1")
    assert WorkerJobs(interfering).claim(claim, now=clock(), lease_seconds=60) == "worker_draining"
    assert CustomerJobs(table).get(job.id) == job


def test_what_has_ended_or_never_was_cannot_be_cancelled(jobs: CustomerJobs, new_job, clock) -> None:
    job = new_job()
    jobs.request_cancel(job.id, actor="api:acme", now=clock())
    assert jobs.request_cancel(job.id, actor="api:acme", now=clock()) is CancelRefusal.FINAL
    assert jobs.request_cancel("r_none", actor="api:acme", now=clock()) is CancelRefusal.NO_SUCH_JOB


def test_a_dispatch_mark_belongs_to_its_attempt(jobs: CustomerJobs, table, new_job, clock) -> None:
    job = new_job()
    marks = DispatchMarks(table)
    assert not marks.mark(job.id, attempt=2, now=clock())
    assert marks.mark(job.id, attempt=1, now=clock())
    stored = jobs.get(job.id)
    assert stored is not None
    assert stored.dispatched_at == clock()
    assert not marks.mark("r_none", attempt=1, now=clock())


def test_a_dispatch_mark_that_is_taken_back_lets_the_sweeper_find_the_job(
    jobs: CustomerJobs, table, new_job, clock
) -> None:
    overdue = OverdueJobs(table)
    job = new_job(dispatched_at=clock())
    assert not list(overdue.unsent("cpu", queued_before=clock()))
    assert DispatchMarks(table).take_back(job, now=clock.forward(1))
    assert [one.id for one in overdue.unsent("cpu", queued_before=clock())] == [job.id]
    after = jobs.get(job.id)
    assert after == replace(job, dispatched_at=None, updated_at=clock())
    assert not DispatchMarks(table).take_back(job, now=clock()), "it has no mark"


def test_nobody_takes_back_another_mark_or_that_of_a_claimed_job(
    jobs: CustomerJobs, table, new_job, new_worker, clock
) -> None:
    marks = DispatchMarks(table)
    job = new_job(dispatched_at=clock())
    marks.mark(job.id, attempt=1, now=clock.forward(1))
    assert not marks.take_back(job, now=clock())
    new_worker("i-1")
    job = new_job(dispatched_at=clock())
    WorkerJobs(table).claim(Claim(job_id=job.id, attempt=1, instance_id="i-1"), now=clock(), lease_seconds=60)
    assert not marks.take_back(job, now=clock())


def test_a_dispatch_mark_that_comes_after_the_claim_leaves_the_lease_in_the_index(
    jobs: CustomerJobs, table, new_job, new_worker, clock
) -> None:
    job = new_job()
    new_worker("i-1")
    claim = Claim(job_id=job.id, attempt=1, instance_id="i-1")
    WorkerJobs(table).claim(claim, now=clock(), lease_seconds=60)
    assert not DispatchMarks(table).mark(job.id, attempt=1, now=clock())
    assert [one.id for one in OverdueJobs(table).expired("cpu", now=clock() + 60)] == [job.id]


def test_counting_stops_where_it_is_told(jobs: CustomerJobs, new_job) -> None:
    for _ in range(3):
        new_job()
    new_job(tenant="other")
    assert jobs.queued_of_tenant("acme", fleet="cpu", at_most=10) == 3
    assert jobs.queued_of_tenant("acme", fleet="cpu", at_most=2) == 2
    assert jobs.queued_of_tenant("acme", fleet="gpu", at_most=2) == 0


def test_a_scaler_that_has_not_decided_has_no_view(jobs: CustomerJobs, table) -> None:
    assert jobs.scaler_view("cpu") is None
    key = keys.scaler("cpu")
    table.put(Put(item={"pk": key.pk, "sk": key.sk, "entity": "SCALER", "version": 1}))
    assert jobs.scaler_view("cpu") is None


class _Interfering:
    """A table on which somebody else writes just before our first transaction."""

    def __init__(self, table, interfere) -> None:
        self._table, self._interfere = table, interfere

    def __getattr__(self, name: str) -> object:
        return getattr(self._table, name)

    def transact(self, writes) -> bool:
        interfere, self._interfere = self._interfere, lambda: None
        interfere()
        return self._table.transact(writes)


def test_of_many_deliveries_the_newest_hundred_are_listed_in_order() -> None:
    table = MemoryTable()
    for number in range(151):  # the first one is the summary
        key = keys.delivery("r_1", number)
        entry = {"pk": key.pk, "sk": key.sk, "entity": "DELIVERY", "at": START, "status": "failed"}
        assert table.put(Put(item={**entry, "expires_at": int(START)}))
    assert [one.number for one in CustomerJobs(table).deliveries("r_1")] == [*range(51, 151)]
