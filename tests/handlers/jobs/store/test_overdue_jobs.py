"""The sweeper's side of the table."""

from types import SimpleNamespace

import pytest

from handlers.jobs.messages.webhooks import Webhooks
from handlers.jobs.model import Job
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.dispatch_marks import DispatchMarks
from handlers.jobs.store.overdue_jobs import OverdueJobs
from handlers.jobs.store.table import Query, Update
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs


@pytest.fixture
def sweeping(table) -> OverdueJobs:
    return OverdueJobs(table)


@pytest.fixture
def held(table, new_job, new_worker, clock) -> tuple[Job, Claim]:
    new_worker("i-1")
    claim = Claim(job_id=new_job().id, attempt=1, instance_id="i-1")
    job = WorkerJobs(table).claim(claim, now=clock(), lease_seconds=60)
    assert isinstance(job, Job)
    return job, claim


def unsent(sweeping: OverdueJobs, now: float) -> list[str]:
    return [job.id for job in sweeping.unsent("cpu", queued_before=now - 30)]


def sent(sweeping: OverdueJobs, now: float) -> list[str]:
    return [job.id for job in sweeping.sent("cpu", sent_before=now - 30)]


def test_a_job_without_a_message_is_found_after_its_grace(sweeping, new_job, clock) -> None:
    job = new_job()
    new_job(fleet="gpu")
    assert unsent(sweeping, clock.forward(29)) == []
    assert unsent(sweeping, clock.forward(1)) == [job.id]


def test_jobs_with_a_message_are_not_read_to_find_those_without(table, new_job, clock) -> None:
    """The keys alone tell them apart: a filter would be paid for each item that it drops."""
    for _ in range(3):
        DispatchMarks(table).mark(new_job().id, attempt=1, now=clock.forward(1))
    job = new_job()
    asked: list[Query] = []
    asking = SimpleNamespace(query=lambda query: asked.append(query) or table.query(query))
    assert unsent(OverdueJobs(asking), clock.forward(60)) == [job.id]  # type: ignore[arg-type]
    assert [query.only for query in asked] == [None]


def test_jobs_with_a_message_are_listed_the_longest_without_one_first(
    sweeping, table, new_job, clock
) -> None:
    first, second = new_job(), new_job()
    for job in (second, first):
        DispatchMarks(table).mark(job.id, attempt=1, now=clock.forward(1))
    assert sent(sweeping, clock() + 29) == [second.id]
    assert sent(sweeping, clock() + 30) == [second.id, first.id]
    assert (sweeping.count_sent("cpu", at_most=9), sweeping.count_sent("gpu", at_most=9)) == (2, 0)


def test_a_job_queued_by_an_earlier_version_is_found_with_those_that_have_a_message(
    sweeping, table, new_job, clock
) -> None:
    """Its place in the index was the time at which it was queued, with and without a mark."""
    job = new_job()
    table.update(Update(key=keys.job(job.id), changes={"state_sk": clock()}))
    assert unsent(sweeping, clock() + 30) == []
    assert sent(sweeping, clock() + 30) == [job.id]


def test_a_job_that_was_sent_again_is_marked_with_an_event(sweeping, table, new_job, clock) -> None:
    job = new_job()
    marked = sweeping.mark_sent_again(job, actor="sweeper", now=clock.forward(40))
    assert marked is not None
    assert marked.dispatched_at == clock()
    assert unsent(sweeping, clock()) == []
    assert [event.kind for event in CustomerJobs(table).events(job.id)] == ["submitted", "sent_again"]


def test_a_job_that_moved_on_or_was_sent_meanwhile_waits_for_nothing(
    sweeping, table, held, new_job, clock
) -> None:
    rendering, _ = held
    assert sweeping.waiting(rendering) is None
    queued = new_job()
    assert sweeping.waiting(queued) == queued
    DispatchMarks(table).mark(queued.id, attempt=1, now=clock())
    assert sweeping.waiting(queued) is None


@pytest.mark.parametrize("webhook_url", ["https://hooks.example.com", None], ids=["webhook", "no webhook"])
def test_an_ended_job_is_found_until_its_webhook_is_queued(
    sweeping, table, sqs, queue_url, new_job, clock, webhook_url: str | None
) -> None:
    job = new_job(webhook_url=webhook_url)
    ended = CustomerJobs(table).request_cancel(job.id, actor="api:acme", now=clock.forward(5))
    assert isinstance(ended, Job)
    assert list(sweeping.owing("cpu", ended_before=clock() - 1)) == []
    assert list(sweeping.owing("cpu", ended_before=clock())) == ([ended] if webhook_url else [])
    assert Webhooks(sqs, table, queue_url).queue(ended, now=clock()) is bool(webhook_url)
    assert list(sweeping.owing("cpu", ended_before=clock())) == []


def test_a_lease_that_ran_out_gives_the_job_back(sweeping, table, held, clock) -> None:
    job, claim = held
    assert list(sweeping.expired("cpu", now=clock.forward(59))) == []
    clock.forward(1)
    assert [one.id for one in sweeping.expired("cpu", now=clock())] == [job.id]
    back = sweeping.expire(job, attempt_limit=3, actor="sweeper", now=clock())
    assert back is not None
    assert (back.state, back.attempt, back.dispatched_at) == (JobState.QUEUED, 2, None)
    assert sweeping.expire(job, attempt_limit=3, actor="sweeper", now=clock()) is None
    assert WorkerJobs(table).renew(claim, now=clock(), lease_seconds=60) == "lost"


def test_at_the_limit_the_job_fails(sweeping, held, clock) -> None:
    job, _ = held
    ended = sweeping.expire(job, attempt_limit=1, actor="sweeper", now=clock.forward(60))
    assert ended is not None
    assert ended.state is JobState.FAILED
    assert ended.failure is not None
    assert ended.failure.code is FailureCode.LEASE_LOST
    assert "i-1" in ended.failure.detail


def test_a_lease_renewed_in_the_last_moment_is_kept(sweeping, table, held, clock) -> None:
    """Seen as expired, renewed before the sweeper writes."""
    job, claim = held
    seen = list(sweeping.expired("cpu", now=clock.forward(61)))
    WorkerJobs(table).renew(claim, now=clock(), lease_seconds=60)
    assert [sweeping.expire(one, attempt_limit=3, actor="sweeper", now=clock()) for one in seen] == [None]
    current = CustomerJobs(table).get(job.id)
    assert current is not None
    assert current.state is JobState.RENDERING


def test_a_lease_renewed_between_reading_and_writing_is_kept(
    sweeping, table, held, clock, monkeypatch
) -> None:
    job, claim = held
    clock.forward(61)
    write = table.transact

    def renewed_first(writes) -> bool:
        WorkerJobs(table).renew(claim, now=clock(), lease_seconds=60)
        return write(writes)

    monkeypatch.setattr(table, "transact", renewed_first)
    assert sweeping.expire(job, attempt_limit=3, actor="sweeper", now=clock()) is None


def test_a_queued_job_of_a_removed_fleet_ends_with_the_reason(sweeping, table, new_job, clock) -> None:
    unsent, sent = new_job(), new_job()
    DispatchMarks(table).mark(sent.id, attempt=1, now=clock.forward(1))
    found = [*sweeping.stranded("cpu", now=clock())]
    assert [job.id for job in found] == [unsent.id, sent.id]
    for job in found:
        ended = sweeping.end_stranded(job, actor="sweeper", now=clock())
        assert (ended.state, ended.failure.code) == (JobState.FAILED, FailureCode.FLEET_REMOVED)
        assert not ended.owes_dead_letter
    assert [*sweeping.stranded("cpu", now=clock())] == []
    assert sweeping.end_stranded(unsent, actor="sweeper", now=clock()) is None


def test_a_job_that_an_instance_of_a_removed_fleet_still_renders_ends_when_its_lease_has(
    sweeping, held, clock
) -> None:
    job, _ = held
    assert [*sweeping.stranded("cpu", now=clock())] == []
    assert sweeping.end_stranded(job, actor="sweeper", now=clock()) is None
    clock.forward(61)
    assert [one.id for one in sweeping.stranded("cpu", now=clock())] == [job.id]
    ended = sweeping.end_stranded(job, actor="sweeper", now=clock())
    assert ended.failure.code is FailureCode.FLEET_REMOVED


def test_a_job_of_a_removed_fleet_that_was_to_be_cancelled_is_cancelled(sweeping, table, held, clock) -> None:
    job, _ = held
    CustomerJobs(table).request_cancel(job.id, actor="api:acme", now=clock())
    ended = sweeping.end_stranded(job, actor="sweeper", now=clock.forward(61))
    assert ended.state is JobState.CANCELLED
