"""Deleting a job: who may, when, what is gone at once, and what the sweeper finds to erase."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from handlers.jobs.answers import DeleteRefusal
from handlers.jobs.model import Failure, Job
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.compositions import Compositions
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.customers.deletions import UPLOADS_END_SECONDS, PendingDeletions
from handlers.jobs.store.customers.idempotency import IdempotencyRecord
from handlers.jobs.store.failed_jobs import FailedJobs, Redriven
from handlers.jobs.store.items import job_to_item
from handlers.jobs.store.overdue_jobs import OverdueJobs
from handlers.jobs.store.table import PRESENT, Put, Refused, Table, Write
from handlers.jobs.store.webhook_addresses import WebhookAddresses
from handlers.jobs.store.writing import mark_done
from tests.handlers.conftest import START, a_job
from tests.handlers.life.memory_table import MemoryTable

HOOK = "https://hooks.example.com"
CRASH = Failure(code=FailureCode.ENGINE_CRASHED, detail="exit 139")
NOW = START + 60


def ended(table: Table, state: JobState = JobState.CANCELLED) -> Job:
    """A job of acme that has ended and owes a webhook, and a dead letter if it failed."""
    job = a_job(now=START, webhook_url=HOOK)
    CustomerJobs(table).submit(job, record=None, actor="api:acme", now=START, composition=b"packed")
    failure = CRASH if state is JobState.FAILED else None
    after = replace(job, state=state, finished_at=START, failure=failure)
    table.put(Put(item=job_to_item(after), condition=PRESENT))
    found = CustomerJobs(table).get(job.id)
    assert found
    return found


def delete(table: Table, job_id: str, tenant: str = "acme") -> DeleteRefusal | None:
    return CustomerJobs(table).delete(job_id, tenant=tenant, actor=f"api:{tenant}", now=NOW)


def pending(table: Table, now: float = NOW) -> list[str]:
    return [one.job_id for one in PendingDeletions(table).pending(now=now)]


@pytest.mark.parametrize("state", [JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED])
def test_a_deleted_job_is_gone_at_once_and_waits_for_its_files_to_be_erased(
    table: Table, state: JobState
) -> None:
    job = ended(table, state)
    assert delete(table, job.id) is None
    customers = CustomerJobs(table)
    assert customers.get(job.id) is None
    assert customers.page("acme", limit=10).jobs == ()
    assert not list(OverdueJobs(table).owing("cpu", ended_before=NOW)), "nobody is told of it any more"
    assert pending(table) == [job.id]


def test_the_record_of_a_deletion_says_who_and_when_and_lasts_as_long_as_the_job_would_have() -> None:
    table = MemoryTable()
    job = ended(table)
    delete(table, job.id)
    record = table.get(keys.deletion(job.id))
    assert record
    assert (record["actor"], record["deleted_at"], record["expires_at"]) == ("api:acme", NOW, job.expires_at)


def test_deleting_again_changes_nothing_before_and_after_the_files_are_erased() -> None:
    table = MemoryTable()
    job = ended(table)
    delete(table, job.id)
    before = dict(table.items)
    assert delete(table, job.id) is None
    assert table.items == before
    (deletion,) = PendingDeletions(table).pending(now=NOW)
    PendingDeletions(table).mark_erased(deletion, now=NOW)
    assert delete(table, job.id) is None
    assert pending(table) == []


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RENDERING])
def test_a_job_that_has_not_ended_stays(state: JobState) -> None:
    table = MemoryTable()
    job = ended(table, state)
    assert delete(table, job.id) is DeleteRefusal.NOT_FINAL
    assert CustomerJobs(table).get(job.id) == job


def test_nobody_else_deletes_it_or_learns_that_it_was_deleted() -> None:
    table = MemoryTable()
    job = ended(table)
    assert delete(table, job.id, tenant="zenith") is DeleteRefusal.NO_SUCH_JOB
    assert CustomerJobs(table).get(job.id) == job
    delete(table, job.id)
    assert delete(table, job.id, tenant="zenith") is DeleteRefusal.NO_SUCH_JOB
    assert delete(table, "r_" + "0" * 26) is DeleteRefusal.NO_SUCH_JOB


def test_the_content_in_the_table_is_erased_and_can_be_erased_again(table: Table) -> None:
    job = ended(table)
    delete(table, job.id)
    deletions = PendingDeletions(table)
    (deletion,) = deletions.pending(now=NOW)
    for _ in range(2):
        deletions.erase_items(deletion)
        assert Compositions(table).of(job.id) is None
        assert table.get(keys.webhook(job.id)) is None
    assert CustomerJobs(table).events(job.id), "what happened stays for operators until it expires"


def test_the_files_are_erased_at_once_and_once_more_when_no_upload_can_be_under_way(table: Table) -> None:
    job = ended(table)
    delete(table, job.id)
    deletions, later = PendingDeletions(table), NOW + UPLOADS_END_SECONDS
    (first,) = deletions.pending(now=NOW)
    deletions.mark_erased(first, now=NOW + 30)
    assert pending(table, later - 1) == []
    (second,) = deletions.pending(now=later)
    deletions.mark_erased(second, now=later)
    assert pending(table, later + 86_400) == []


def test_a_deletion_that_is_repeated_during_a_sweep_is_due_again() -> None:
    table = MemoryTable()
    job = ended(table)
    delete(table, job.id)
    (first,) = PendingDeletions(table).pending(now=NOW)
    table.put(Put(item=job_to_item(job)))
    assert CustomerJobs(table).delete(job.id, tenant="acme", actor="api:acme", now=NOW + 20) is None
    PendingDeletions(table).mark_erased(first, now=NOW + 30)
    assert pending(table, NOW + 40) == [job.id]


def test_a_job_that_is_deleted_from_outside_of_the_record_can_be_deleted_when_it_is_back() -> None:
    """An operator may put a job back by hand."""
    table = MemoryTable()
    job = ended(table)
    delete(table, job.id)
    table.put(Put(item=job_to_item(job)))
    assert delete(table, job.id) is None
    assert CustomerJobs(table).get(job.id) is None


class Interfering(MemoryTable):
    """Somebody else writes just before the first transaction."""

    interfere: Callable[[Table], object]

    def try_transaction(self, writes: Sequence[Write]) -> Refused | None:
        interfere, self.interfere = self.interfere, lambda _: None
        interfere(MemoryTable.of(self))
        return super().try_transaction(writes)


def interfered(table: MemoryTable, interfere: Callable[[Table], object]) -> Interfering:
    found = Interfering(items=table.items)
    found.interfere = interfere
    return found


def test_two_deletions_at_once_are_one() -> None:
    table = MemoryTable()
    job = ended(table)
    assert delete(interfered(table, lambda other: delete(other, job.id)), job.id) is None
    assert pending(table) == [job.id]


def test_an_operator_who_queues_the_job_again_first_keeps_it() -> None:
    table = MemoryTable()
    job = ended(table, JobState.FAILED)

    def redrive(other: Table) -> None:
        done = FailedJobs(other).redrive(job.id, actor="operator:o", now=NOW, force=False)
        assert isinstance(done, Redriven)

    assert delete(interfered(table, redrive), job.id) is DeleteRefusal.NOT_FINAL
    assert pending(table) == []


def test_a_mark_that_comes_after_the_deletion_brings_nothing_back() -> None:
    """The notifier has read the job, and marks its webhook as queued when the job is gone."""
    table = MemoryTable()
    job = ended(table)
    delete(table, job.id)
    assert not mark_done(table, job, owes=lambda one: one.owes_webhook, done=lambda one: one)
    assert CustomerJobs(table).get(job.id) is None
    assert WebhookAddresses(table).of(job, now=NOW), "until the sweeper comes"


def test_the_idempotency_record_stays_so_that_a_late_repetition_makes_no_second_job() -> None:
    table = MemoryTable()
    job, again = a_job(now=START), a_job(now=NOW)

    def record(of: Job) -> IdempotencyRecord:
        return IdempotencyRecord(
            tenant="acme", key="k", job_id=of.id, body_sha256="0", expires_at=int(START) + 86_400
        )

    customers = CustomerJobs(table)
    customers.submit(job, record=record(job), actor="api:acme", now=START)
    customers.request_cancel(job.id, actor="api:acme", now=START)
    assert delete(table, job.id) is None
    assert customers.submit(again, record=record(again), actor="api:acme", now=NOW) == record(job)
    assert customers.page("acme", limit=10).jobs == ()
