"""What a worker may do to a job, and every way it can lose."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from handlers.jobs.answers import ClaimRefusal, FencedOff, LeaseAnswer, Registration
from handlers.jobs.model import Failure, Job, Output, Worker, WorkerState
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import EventKind, JobState
from handlers.jobs.store import keys
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.fleet_workers import FleetWorkers
from handlers.jobs.store.keys import video_object
from handlers.jobs.store.table import PRESENT, Table
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs

VIDEO = Output(duration=2.0, width=64, height=64, bytes=1234)
LEASE = 60.0


@pytest.fixture
def claims(table: Table) -> WorkerJobs:
    return WorkerJobs(table)


@pytest.fixture
def held(claims: WorkerJobs, new_job, new_worker, clock) -> tuple[Job, Claim]:
    new_worker("i-1")
    job = new_job()
    claim = Claim(job_id=job.id, attempt=1, instance_id="i-1")
    taken = claims.claim(claim, now=clock(), lease_seconds=LEASE)
    assert isinstance(taken, Job)
    return taken, claim


def worker_of(table: Table, instance_id: str) -> Worker:
    return next(w for w in FleetWorkers(table).of_fleet("cpu") if w.instance_id == instance_id)


def kinds(table: Table, job_id: str) -> list[EventKind]:
    return [event.kind for event in CustomerJobs(table).events(job_id)]


def test_a_claim_moves_job_and_worker_together(table, held, clock) -> None:
    job, _ = held
    assert CustomerJobs(table).get(job.id) == job
    assert (job.state, job.lease_owner, job.lease_expires_at) == (JobState.RENDERING, "i-1", clock() + LEASE)
    worker = worker_of(table, "i-1")
    assert (worker.state, worker.job_id, worker.attempt) == (WorkerState.BUSY, job.id, 1)
    assert worker.idle_since is None
    assert kinds(table, job.id) == [EventKind.SUBMITTED, EventKind.CLAIMED]


def test_claiming_again_after_a_lost_answer_finds_the_claim(table, claims, held, clock) -> None:
    job, claim = held
    assert claims.claim(claim, now=clock.forward(1), lease_seconds=LEASE) == job
    assert len(kinds(table, job.id)) == 2


def test_two_workers_never_get_the_same_job(table, claims, new_job, new_worker, clock) -> None:
    names = [f"i-{n}" for n in range(6)]
    for name in names:
        new_worker(name)
    jobs = [new_job() for _ in range(4)]
    with ThreadPoolExecutor(len(names)) as threads:
        for job in jobs:
            start = Barrier(len(names))

            def take(name: str, job: Job = job, start: Barrier = start) -> Job | ClaimRefusal:
                start.wait()
                return claims.claim(
                    Claim(job_id=job.id, attempt=1, instance_id=name), now=clock(), lease_seconds=LEASE
                )

            answers = list(threads.map(take, names))
            assert sum(isinstance(answer, Job) for answer in answers) == 1, answers
            assert kinds(table, job.id).count(EventKind.CLAIMED) == 1
    busy = [w for w in FleetWorkers(table).of_fleet("cpu") if w.state is WorkerState.BUSY]
    assert {w.job_id for w in busy} == {job.id for job in jobs}


@pytest.fixture(params=["unknown", "draining", "busy"])
def unfit(request, table, claims, new_job, new_worker, clock) -> ClaimRefusal:
    """Worker i-1 in a condition in which it may not work, and the refusal to expect."""
    if request.param == "unknown":
        return ClaimRefusal.WORKER_UNKNOWN
    new_worker("i-1")
    if request.param == "draining":
        FleetWorkers(table).mark_draining("i-1")
        return ClaimRefusal.WORKER_DRAINING
    claims.claim(Claim(job_id=new_job().id, attempt=1, instance_id="i-1"), now=clock(), lease_seconds=LEASE)
    return ClaimRefusal.WORKER_BUSY


def test_a_worker_that_may_not_work_gets_nothing(table, claims, new_job, clock, unfit: ClaimRefusal) -> None:
    job = new_job()
    answer = claims.claim(
        Claim(job_id=job.id, attempt=1, instance_id="i-1"), now=clock(), lease_seconds=LEASE
    )
    assert answer is unfit
    assert not unfit.message_is_spent
    assert CustomerJobs(table).get(job.id) == job
    assert kinds(table, job.id) == [EventKind.SUBMITTED]


def test_a_job_nobody_knows_cannot_be_claimed(claims, new_worker, clock) -> None:
    new_worker("i-1")
    claim = Claim(job_id="r_" + "0" * 26, attempt=1, instance_id="i-1")
    assert claims.claim(claim, now=clock(), lease_seconds=LEASE) is ClaimRefusal.NO_SUCH_JOB


@pytest.mark.parametrize("attempt", [0, 2])
def test_a_message_for_another_attempt_claims_nothing(
    claims, new_job, new_worker, clock, attempt: int
) -> None:
    new_worker("i-1")
    job = new_job()
    claim = Claim(job_id=job.id, attempt=attempt, instance_id="i-1")
    answer = claims.claim(claim, now=clock(), lease_seconds=LEASE)
    assert answer is ClaimRefusal.NOT_WAITING
    assert answer.message_is_spent


def test_a_cancelled_job_cannot_be_claimed(table, claims, new_job, new_worker, clock) -> None:
    new_worker("i-1")
    job = new_job()
    CustomerJobs(table).request_cancel(job.id, actor="api:acme", now=clock())
    claim = Claim(job_id=job.id, attempt=1, instance_id="i-1")
    assert claims.claim(claim, now=clock(), lease_seconds=LEASE) is ClaimRefusal.NOT_WAITING
    assert worker_of(table, "i-1").state is WorkerState.IDLE


def test_a_duplicate_message_finds_the_job_taken(claims, held, new_worker, clock) -> None:
    job, _ = held
    new_worker("i-2")
    claim = Claim(job_id=job.id, attempt=1, instance_id="i-2")
    assert claims.claim(claim, now=clock(), lease_seconds=LEASE) is ClaimRefusal.ALREADY_TAKEN


def test_renewing_moves_the_end_of_the_lease_without_an_event(table, claims, held, clock) -> None:
    job, claim = held
    now = clock.forward(20)
    assert claims.renew(claim, now=now, lease_seconds=LEASE) is LeaseAnswer.HELD
    renewed = CustomerJobs(table).get(job.id)
    assert renewed is not None
    assert (renewed.updated_at, renewed.lease_expires_at) == (now, now + LEASE)
    assert len(kinds(table, job.id)) == 2


def test_progress_is_seen_by_the_customer_and_changes_nothing_of_the_job(table, claims, held, clock) -> None:
    job, claim = held
    stored = table.get(keys.job(job.id))
    clock.forward(20)
    assert claims.report(claim, percent=40, stage="encode", expires_at=job.expires_at)
    customers = CustomerJobs(table)
    seen = replace(job, progress=40, stage="encode")
    assert customers.get(job.id) == seen
    assert customers.page("acme", limit=10).jobs == (seen,)
    assert table.get(keys.job(job.id)) == stored
    asked = customers.request_cancel(job.id, actor="api:acme", now=clock())
    assert isinstance(asked, Job)
    assert (asked.progress, asked.stage, asked.cancel_requested) == (40, "encode", True)
    assert customers.request_cancel(job.id, actor="api:acme", now=clock()) == asked


def test_progress_leaves_the_table_with_its_job(table, claims, held) -> None:
    job, claim = held
    claims.report(claim, percent=40, stage="encode", expires_at=job.expires_at)
    item = table.get(keys.progress(job.id))
    assert item is not None
    assert item["expires_at"] == job.expires_at


def test_progress_of_another_attempt_is_not_shown(table, claims, held, new_worker, clock) -> None:
    job, claim = held
    claims.report(claim, percent=40, stage="encode", expires_at=job.expires_at)
    claims.release(claim, detail="spot", now=clock())
    new_worker("i-2")
    second = Claim(job_id=job.id, attempt=2, instance_id="i-2")
    again = claims.claim(second, now=clock(), lease_seconds=LEASE)
    assert CustomerJobs(table).get(job.id) == again
    assert claims.report(second, percent=3, stage="fetching", expires_at=job.expires_at)
    assert not claims.report(claim, percent=99, stage="late", expires_at=job.expires_at)
    seen = CustomerJobs(table).get(job.id)
    assert seen is not None
    assert (seen.progress, seen.stage) == (3, "fetching")


def test_renewing_tells_of_a_requested_cancellation(table, claims, held, clock) -> None:
    job, claim = held
    CustomerJobs(table).request_cancel(job.id, actor="api:acme", now=clock())
    assert claims.renew(claim, now=clock(), lease_seconds=LEASE) is LeaseAnswer.CANCEL_REQUESTED
    ended = claims.cancelled(claim, now=clock())
    assert isinstance(ended, Job)
    assert ended.state is JobState.CANCELLED
    assert claims.cancelled(claim, now=clock()) == ended
    assert worker_of(table, "i-1").state is WorkerState.IDLE


@pytest.mark.parametrize("fence", [{"attempt": 2}, {"instance_id": "i-2"}], ids=["attempt", "owner"])
def test_a_fenced_off_attempt_changes_nothing(table, claims, held, clock, fence: dict[str, object]) -> None:
    job, claim = held
    late = Claim(
        **{"job_id": claim.job_id, "attempt": claim.attempt, "instance_id": claim.instance_id, **fence}
    )
    failure = Failure(code=FailureCode.ENGINE_CRASHED, detail="exit 139")
    assert claims.renew(late, now=clock(), lease_seconds=LEASE) is LeaseAnswer.LOST
    assert claims.complete(late, output=VIDEO, output_key="late", now=clock()) is FencedOff.FENCED_OFF
    assert claims.fail(late, failure, attempt_limit=3, now=clock()) is FencedOff.FENCED_OFF
    assert claims.release(late, detail="spot", now=clock()) is FencedOff.FENCED_OFF
    assert claims.cancelled(late, now=clock()) is FencedOff.FENCED_OFF
    assert CustomerJobs(table).get(job.id) == job
    assert len(kinds(table, job.id)) == 2


def test_a_completed_job_has_its_video_and_frees_its_worker(table, claims, held, clock) -> None:
    job, claim = held
    key = video_object("acme", job.id, 1)
    done = claims.complete(claim, output=VIDEO, output_key=key, now=clock.forward(9))
    assert isinstance(done, Job)
    assert CustomerJobs(table).get(job.id) == done
    assert (done.state, done.output, done.output_key) == (JobState.SUCCEEDED, VIDEO, key)
    assert (done.finished_at, done.lease_owner) == (clock(), None)
    worker = worker_of(table, "i-1")
    assert (worker.state, worker.job_id, worker.idle_since) == (WorkerState.IDLE, None, clock())
    assert claims.complete(claim, output=VIDEO, output_key=key, now=clock()) == done
    assert len(kinds(table, job.id)) == 3


def test_a_failed_attempt_returns_the_job_for_the_next_one(table, claims, held, clock) -> None:
    _, claim = held
    failure = Failure(code=FailureCode.ENGINE_CRASHED, detail="exit 139")
    back = claims.fail(claim, failure, attempt_limit=3, now=clock.forward(5))
    assert isinstance(back, Job)
    assert (back.state, back.attempt, back.enqueued_at) == (JobState.QUEUED, 2, clock())
    assert (back.dispatched_at, back.lease_owner, back.failure) == (None, None, failure)
    assert worker_of(table, "i-1").state is WorkerState.IDLE


def test_a_worker_that_drains_while_it_renders_ends_as_draining(table, claims, held, clock) -> None:
    _, claim = held
    WorkerHeartbeats(table).start_draining("i-1")
    assert isinstance(claims.complete(claim, output=VIDEO, output_key="o", now=clock()), Job)
    worker = worker_of(table, "i-1")
    assert (worker.state, worker.job_id) == (WorkerState.DRAINING, None)


def test_an_attempt_ends_although_its_workers_record_is_gone(table, claims, held, clock) -> None:
    _, claim = held
    assert table.delete(keys.worker("i-1"), PRESENT)
    assert isinstance(claims.complete(claim, output=VIDEO, output_key="o", now=clock()), Job)


def test_a_worker_frees_itself_after_losing_its_job(table, held, clock) -> None:
    job, _ = held
    record = WorkerHeartbeats(table)
    assert not record.free("i-1", job_id=job.id, attempt=2, now=clock())
    assert record.free("i-1", job_id=job.id, attempt=1, now=clock())
    assert not record.free("i-1", job_id=job.id, attempt=1, now=clock())
    assert worker_of(table, "i-1").state is WorkerState.IDLE


def test_a_restarted_agent_is_idle_again_but_a_draining_one_stays_so(table, held, clock) -> None:
    record = WorkerHeartbeats(table)
    assert record.register("i-1", fleet="cpu", now=clock()) is Registration.REGISTERED
    assert worker_of(table, "i-1").state is WorkerState.IDLE
    record.start_draining("i-1")
    assert record.register("i-1", fleet="cpu", now=clock()) is Registration.DRAINING
    assert worker_of(table, "i-1").state is WorkerState.DRAINING


def test_a_restarted_agent_does_not_take_its_old_claim_for_a_new_one(table, claims, held, clock) -> None:
    _, claim = held
    WorkerHeartbeats(table).register("i-1", fleet="cpu", now=clock())
    assert claims.claim(claim, now=clock(), lease_seconds=LEASE) is ClaimRefusal.ALREADY_TAKEN


def test_a_heartbeat_moves_the_record_and_an_unknown_worker_is_told_to_register(
    table, new_worker: Callable[[str], Worker], clock
) -> None:
    record = WorkerHeartbeats(table)
    assert record.heartbeat("i-1", now=clock()) is None
    new_worker("i-1")
    beaten = record.heartbeat("i-1", now=clock.forward(10))
    assert beaten == worker_of(table, "i-1")
    assert beaten is not None
    assert beaten.heartbeat_at == clock()


def test_only_a_draining_worker_may_leave(table, new_worker, clock) -> None:
    new_worker("i-1")
    record = WorkerHeartbeats(table)
    assert not record.leave("i-1")
    record.start_draining("i-1")
    assert record.leave("i-1")
    assert FleetWorkers(table).of_fleet("cpu") == []
