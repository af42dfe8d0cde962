"""Failed jobs tried again: once, by an operator, and with every fence in place."""

import pytest

from handlers.jobs.answers import ClaimRefusal, FencedOff, RedriveRefusal
from handlers.jobs.ids import new_job_id
from handlers.jobs.model import Failure, Job, Output
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import JobState
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.failed_jobs import FailedJobs, Redriven
from handlers.jobs.store.overdue_jobs import OverdueJobs
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs

CRASH = Failure(code=FailureCode.ENGINE_CRASHED, detail="exit 139")
REFUSED = Failure(code=FailureCode.COMPOSITION_REFUSED, detail="no such font")
ALICE = "operator:alice"
LIMIT = 2


@pytest.fixture
def attempt(table, new_worker, clock):
    """Claims an attempt and lets it fail."""

    def run(job: Job, failure: Failure = CRASH) -> Job:
        instance = f"i-{job.attempt}"
        new_worker(instance)
        claim = Claim(job_id=job.id, attempt=job.attempt, instance_id=instance)
        assert isinstance(WorkerJobs(table).claim(claim, now=clock(), lease_seconds=60), Job)
        after = WorkerJobs(table).fail(claim, failure, attempt_limit=LIMIT, now=clock())
        assert isinstance(after, Job)
        return after

    return run


@pytest.fixture
def failed(new_job, attempt) -> Job:
    job: Job = attempt(attempt(new_job()))
    assert (job.state, job.attempt) == (JobState.FAILED, LIMIT)
    return job


def redrive(table, job: Job, now: float, *, force: bool = False) -> Redriven | RedriveRefusal:
    return FailedJobs(table).redrive(job.id, actor=ALICE, now=now, force=force)


def test_a_redriven_job_waits_for_its_next_attempt_and_the_event_says_who_did_it(
    table, failed, clock
) -> None:
    answer = redrive(table, failed, clock.forward(5))
    assert isinstance(answer, Redriven)
    assert (answer.requeued, answer.job.state, answer.job.attempt) == (True, JobState.QUEUED, LIMIT + 1)
    assert CustomerJobs(table).get(failed.id) == answer.job
    event = CustomerJobs(table).events(failed.id)[-1]
    assert (event.kind, event.actor, event.at) == ("redriven", ALICE, clock())


def test_redriving_twice_redrives_once(table, failed, clock) -> None:
    redrive(table, failed, clock())
    again = redrive(table, failed, clock())
    assert isinstance(again, Redriven)
    assert (again.requeued, again.job.attempt) == (False, LIMIT + 1)


def test_a_redriven_job_has_all_its_attempts_before_it_fails_again(table, failed, attempt, clock) -> None:
    answer = redrive(table, failed, clock())
    assert isinstance(answer, Redriven)
    first = attempt(answer.job)
    assert (first.state, first.attempt) == (JobState.QUEUED, LIMIT + 2)
    assert (attempt(first).state, attempt_of(table, failed)) == (JobState.FAILED, 2 * LIMIT)


def attempt_of(table, job: Job) -> int:
    found = CustomerJobs(table).get(job.id)
    assert found is not None
    return found.attempt


def test_old_messages_and_old_workers_have_no_hold_on_a_redriven_job(
    table, failed, new_worker, clock
) -> None:
    redrive(table, failed, clock())
    new_worker("i-9")
    old = Claim(job_id=failed.id, attempt=LIMIT, instance_id="i-9")
    claims = WorkerJobs(table)
    assert claims.claim(old, now=clock(), lease_seconds=60) is ClaimRefusal.NOT_WAITING
    late = Claim(job_id=failed.id, attempt=LIMIT, instance_id=f"i-{LIMIT}")
    video = Output(duration=1, width=16, height=16, bytes=1)
    assert claims.complete(late, output=video, output_key="late", now=clock()) is FencedOff.FENCED_OFF


def test_a_redriven_job_is_queued_in_the_index_and_no_longer_a_failure(table, failed, clock) -> None:
    redrive(table, failed, clock())
    house = OverdueJobs(table)
    assert list(house.owing("cpu", ended_before=clock())) == []
    lying = house.unsent("cpu", queued_before=clock())
    assert [job.id for job in lying] == [failed.id], "should its sender die, the sweeper sends the message"


def test_what_failed_for_good_is_redriven_only_by_force(table, new_job, attempt, clock) -> None:
    job = attempt(new_job(), REFUSED)
    assert redrive(table, job, clock()) is RedriveRefusal.PERMANENT
    assert CustomerJobs(table).get(job.id) == job
    assert isinstance(redrive(table, job, clock(), force=True), Redriven)


def test_a_cancelled_or_unknown_job_is_refused_even_by_force(table, new_job, clock) -> None:
    job = new_job()
    CustomerJobs(table).request_cancel(job.id, actor="api:acme", now=clock())
    assert redrive(table, job, clock(), force=True) is RedriveRefusal.CANCELLED
    absent = FailedJobs(table).redrive(new_job_id(clock()), actor=ALICE, now=clock(), force=True)
    assert absent is RedriveRefusal.NO_SUCH_JOB


def test_two_operators_at_once_redrive_it_once(table, failed, clock, monkeypatch) -> None:
    write = table.transact

    def other_first(writes) -> bool:
        monkeypatch.setattr(table, "transact", write)
        redrive(table, failed, clock())
        return write(writes)

    monkeypatch.setattr(table, "transact", other_first)
    answer = redrive(table, failed, clock())
    assert isinstance(answer, Redriven)
    assert not answer.requeued
    assert attempt_of(table, failed) == LIMIT + 1
