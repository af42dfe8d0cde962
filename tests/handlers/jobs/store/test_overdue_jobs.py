"""The sweeper's side of the table."""

import pytest

from handlers.jobs.model import Job
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import JobState
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.dispatch_marks import DispatchMarks
from handlers.jobs.store.overdue_jobs import OverdueJobs
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


def undispatched(sweeping: OverdueJobs, now: float) -> list[str]:
    return [job.id for job in sweeping.undispatched("cpu", queued_before=now - 30, sent_before=now - 1800)]


def test_a_job_without_a_message_is_found_after_its_grace(sweeping, new_job, clock) -> None:
    job = new_job()
    assert undispatched(sweeping, clock.forward(29)) == []
    assert undispatched(sweeping, clock.forward(1)) == [job.id]


def test_a_job_with_a_message_is_found_only_when_that_is_long_ago(sweeping, table, new_job, clock) -> None:
    job = new_job()
    DispatchMarks(table).mark(job.id, attempt=1, now=clock())
    assert undispatched(sweeping, clock.forward(1799)) == []
    assert undispatched(sweeping, clock.forward(2)) == [job.id]


def test_a_job_that_was_sent_again_is_marked_with_an_event(sweeping, table, new_job, clock) -> None:
    job = new_job()
    marked = sweeping.mark_sent_again(job, actor="sweeper", now=clock.forward(40))
    assert marked is not None
    assert marked.dispatched_at == clock()
    assert undispatched(sweeping, clock()) == []
    assert [event.kind for event in CustomerJobs(table).events(job.id)] == ["submitted", "sent_again"]


def test_a_job_that_moved_on_is_not_marked(sweeping, held, clock) -> None:
    job, _ = held
    assert sweeping.mark_sent_again(job, actor="sweeper", now=clock()) is None


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
