"""A sweep: what it puts right, what it leaves alone, and what it must admit it could not do."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from handlers.jobs.environment import SettingsError
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.model import Failure, Job
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.dispatch_marks import DispatchMarks
from handlers.jobs.store.table import Update
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from handlers.sweeper import entrypoint
from handlers.sweeper.service import AT_ONCE, Rules, Sweeper
from handlers.sweeper.settings import read
from tests.handlers.conftest import REGION, START, TABLE, Clock, a_job

RULES = Rules(attempt_limit=3, dispatch_grace_seconds=30)


@dataclass
class FakeStore:
    """Jobs left lying, and what becomes of them."""

    silent: list[Job] = field(default_factory=list)
    unsent: list[Job] = field(default_factory=list)
    becomes: JobState | None = JobState.QUEUED
    busy: set[str] = field(default_factory=set)
    untold: list[Job] = field(default_factory=list)
    failure: Failure | None = None

    def expired(self, fleet: str, *, now: float) -> Iterable[Job]:
        return [job for job in self.silent if job.fleet == fleet]

    def expire(self, job: Job, *, attempt_limit: int, actor: str, now: float) -> Job | None:
        if job.id in self.busy:
            raise TryAgainLater("transaction")
        if self.becomes is None:
            return None
        return replace(job, state=self.becomes, attempt=job.attempt + 1, failure=self.failure)

    def undispatched(self, fleet: str, *, queued_before: float, sent_before: float) -> Iterable[Job]:
        return [job for job in self.unsent if job.fleet == fleet]

    def mark_sent_again(self, job: Job, *, actor: str, now: float) -> Job | None:
        return replace(job, dispatched_at=now)

    def without_dead_letter(self, fleet: str, *, failed_before: float) -> Iterable[Job]:
        return [job for job in self.untold if job.fleet == fleet and job.updated_at <= failed_before]


@dataclass
class FakeLetters:
    """Of which jobs operators were told; those in `full` cannot be told."""

    left: list[str] = field(default_factory=list)
    full: set[str] = field(default_factory=set)

    def leave(self, job: Job, *, now: float) -> None:
        if job.id in self.full:
            raise TryAgainLater("leave")
        self.left.append(job.id)


@dataclass
class FakeQueue:
    """What was sent and marked; jobs in `full` cannot be sent."""

    sent: list[tuple[str, int]] = field(default_factory=list)
    marked: list[str] = field(default_factory=list)
    full: set[str] = field(default_factory=set)
    mistaken: set[str] = field(default_factory=set)

    def send(self, job: Job) -> None:
        if job.id in self.mistaken:
            raise RuntimeError("no such group")
        if job.id in self.full:
            raise TryAgainLater("send")
        self.sent.append((job.id, job.attempt))

    def mark(self, job: Job, *, now: float) -> None:
        self.marked.append(job.id)


def test_a_silent_workers_job_is_sent_for_its_next_attempt() -> None:
    job, queue = a_job(now=START), FakeQueue()
    swept = Sweeper(FakeStore(silent=[job]), queue, FakeLetters(), RULES).sweep(["cpu"], now=START)
    assert (swept.returned, queue.sent, queue.marked) == ([job.id], [(job.id, 2)], [job.id])


@pytest.mark.parametrize("becomes", [JobState.FAILED, JobState.CANCELLED])
def test_a_silent_workers_job_that_ended_is_not_sent(becomes: JobState) -> None:
    job, queue = a_job(now=START), FakeQueue()
    swept = Sweeper(FakeStore(silent=[job], becomes=becomes), queue, FakeLetters(), RULES).sweep(
        ["cpu"], now=START
    )
    assert (swept.ended, swept.returned, queue.sent) == ([job.id], [], [])


CRASH = Failure(code=FailureCode.ENGINE_CRASHED, detail="exit 139")


def test_a_job_ended_at_the_limit_leaves_a_dead_letter() -> None:
    job, letters = a_job(now=START), FakeLetters()
    store = FakeStore(silent=[job], becomes=JobState.FAILED, failure=CRASH)
    swept = Sweeper(store, FakeQueue(), letters, RULES).sweep(["cpu"], now=START)
    assert (swept.dead_letters, letters.left) == ([job.id], [job.id])


def test_a_dead_letter_that_somebody_else_did_not_leave_is_left_after_a_grace() -> None:
    lost, fresh = a_job(now=START - 30), a_job(now=START - 29)
    full = a_job(now=START - 60)
    letters = FakeLetters(full={full.id})
    swept = Sweeper(FakeStore(untold=[full, lost, fresh]), FakeQueue(), letters, RULES).sweep(
        ["cpu"], now=START
    )
    assert (swept.dead_letters, swept.postponed) == ([lost.id], [full.id])


def test_a_job_that_is_held_after_all_is_left_alone() -> None:
    queue = FakeQueue()
    swept = Sweeper(FakeStore(silent=[a_job(now=START)], becomes=None), queue, FakeLetters(), RULES).sweep(
        ["cpu"], now=START
    )
    assert (swept.returned, swept.ended, queue.sent) == ([], [], [])


def test_one_job_that_cannot_be_put_right_does_not_hold_up_the_others() -> None:
    busy, fine, full, unsent = (a_job(now=START) for _ in range(4))
    store = FakeStore(silent=[busy, fine], unsent=[full, unsent], busy={busy.id})
    swept = Sweeper(store, FakeQueue(full={full.id}), FakeLetters(), RULES).sweep(["cpu"], now=START)
    assert (swept.returned, swept.sent_again) == ([fine.id], [unsent.id])
    assert swept.postponed == [busy.id, full.id]


def test_a_job_that_is_a_mistake_does_not_hold_up_the_others() -> None:
    odd, fine, unsent = a_job(now=START), a_job(now=START), a_job(now=START)
    queue = FakeQueue(mistaken={odd.id})
    swept = Sweeper(FakeStore(silent=[odd, fine], unsent=[unsent]), queue, FakeLetters(), RULES).sweep(
        ["cpu"], now=START
    )
    assert (swept.sent_again, queue.sent) == ([unsent.id], [(fine.id, 2), (unsent.id, 1)])
    assert swept.mistakes == [f"{odd.id}: RuntimeError: no such group"]


@pytest.mark.usefixtures("deployed")
def test_an_item_that_cannot_be_read_does_not_hold_up_the_others_and_is_told(
    new_job, queue_url: str, sqs, table, clock: Clock
) -> None:
    first, odd, last = new_job(), new_job(), new_job()
    table.update(Update(key=keys.job(odd.id), changes={"failure_code": "code_of_a_later_version"}))
    clock.forward(31)
    with pytest.raises(entrypoint.SweepIncompleteError, match="code_of_a_later_version"):
        entrypoint.handler({}, None)
    assert {message["job"] for message in messages(queue_url, sqs)} == {first.id, last.id}


def test_a_sweep_is_bounded_and_visits_every_fleet() -> None:
    store = FakeStore(unsent=[a_job(now=START) for _ in range(AT_ONCE + 1)])
    store.unsent.append(a_job(now=START, fleet="gpu"))
    swept = Sweeper(store, FakeQueue(), FakeLetters(), RULES).sweep(["cpu", "gpu"], now=START)
    assert len(swept.sent_again) == AT_ONCE + 1


ENVIRONMENT = {
    "CLIPIT_ENVIRONMENT": "dev",
    "AWS_REGION": REGION,
    "CLIPIT_TABLE": TABLE,
    "CLIPIT_ATTEMPT_LIMIT": "2",
    "CLIPIT_DISPATCH_GRACE_SECONDS": "30",
}


@pytest.fixture
def dead_letter_url(sqs) -> str:
    url: str = sqs.create_queue(QueueName="render-cpu-dead-letters")["QueueUrl"]
    return url


@pytest.fixture
def deployed(
    table, queue_url: str, dead_letter_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """The function's environment, with its own clock set to the test's."""
    urls = {
        "CLIPIT_QUEUE_URLS": json.dumps({"cpu": queue_url}),
        "CLIPIT_DEAD_LETTER_URLS": json.dumps({"cpu": dead_letter_url}),
    }
    for name, value in {**ENVIRONMENT, **urls}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(entrypoint.time, "time", clock)
    entrypoint._deployed.cache_clear()
    yield
    entrypoint._deployed.cache_clear()


def messages(queue_url: str, sqs) -> list[dict[str, object]]:
    found = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [json.loads(message["Body"]) for message in found.get("Messages", [])]


@pytest.mark.usefixtures("deployed")
def test_the_function_puts_right_what_lies_in_the_table_once(
    table, queue_url: str, sqs, new_job, new_worker, clock: Clock, capsys, caplog
) -> None:
    new_worker("i-1")
    silent, unsent, sent = new_job(), new_job(), new_job()
    DispatchMarks(table).mark(sent.id, attempt=1, now=clock())
    claim = Claim(job_id=silent.id, attempt=1, instance_id="i-1")
    WorkerJobs(table).claim(claim, now=clock(), lease_seconds=60)
    clock.forward(61)
    assert entrypoint.handler({}, None) == {"returned": 1, "ended": 0, "sent_again": 1, "dead_letters": 0}
    lying = sorted(messages(queue_url, sqs), key=lambda message: str(message["job"]))
    assert lying == sorted(
        [{"job": silent.id, "attempt": 2}, {"job": unsent.id, "attempt": 1}], key=lambda one: str(one["job"])
    )
    assert entrypoint.handler({}, None) == {"returned": 0, "ended": 0, "sent_again": 0, "dead_letters": 0}
    assert len(messages(queue_url, sqs)) == 2
    first, _ = (vars(record) for record in caplog.records if record.message == "swept")
    assert (first["returned"], first["sent_again"], first["postponed"]) == ([silent.id], [unsent.id], [])
    assert first["traces"] == {job.id: job.trace_id for job in (silent, unsent)}
    metric = next(json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line)
    assert (metric["LeasesExpired"], metric["MessagesSentAgain"], metric["environment"]) == (
        [1.0],
        [1.0],
        "dev",
    )


@pytest.mark.usefixtures("deployed")
def test_at_the_attempt_limit_the_function_ends_the_job_and_leaves_its_letter(
    table, new_job, new_worker, sqs, dead_letter_url: str, clock: Clock
) -> None:
    job = new_job()
    for attempt in (1, 2):
        new_worker(f"i-{attempt}")
        claim = Claim(job_id=job.id, attempt=attempt, instance_id=f"i-{attempt}")
        assert isinstance(WorkerJobs(table).claim(claim, now=clock(), lease_seconds=60), Job)
        clock.forward(61)
        answer = entrypoint.handler({}, None)
    assert answer == {"returned": 0, "ended": 1, "sent_again": 0, "dead_letters": 1}
    ended = CustomerJobs(table).get(job.id)
    assert ended is not None
    assert ended.state is JobState.FAILED
    kinds = [event.kind.value for event in CustomerJobs(table).events(job.id)]
    assert kinds == ["submitted", "claimed", "lease_lost", "claimed", "failed"]
    assert messages(dead_letter_url, sqs) == [{"job": job.id, "attempt": 2, "reason": "lease_lost"}]
    clock.forward(3600)
    entrypoint.handler({}, None)
    assert len(messages(dead_letter_url, sqs)) == 1


@pytest.mark.usefixtures("deployed")
def test_what_could_not_be_done_fails_the_invocation(new_job, queue_url: str, clock: Clock, sqs) -> None:
    new_job()
    clock.forward(31)
    sqs.delete_queue(QueueUrl=queue_url)
    with pytest.raises(Exception, match=r"NonExistentQueue|QueueDoesNotExist"):
        entrypoint.handler({}, None)


@pytest.mark.usefixtures("deployed")
def test_jobs_that_must_wait_for_the_next_sweep_fail_the_invocation_too(
    new_job, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_job()
    clock.forward(31)
    _, sweeper = entrypoint._deployed()
    full = FakeQueue(
        full={job.id for job in sweeper._store.undispatched("cpu", queued_before=clock(), sent_before=0)}
    )
    monkeypatch.setattr(sweeper, "_queue", full)
    with pytest.raises(TryAgainLater, match="1 jobs could not be put right"):
        entrypoint.handler({}, None)


URLS = {"CLIPIT_QUEUE_URLS": '{"cpu": "https://q"}', "CLIPIT_DEAD_LETTER_URLS": '{"cpu": "https://d"}'}


def test_everything_missing_in_the_environment_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as raised:
        read({})
    assert all(
        f"{name} is missing" in str(raised.value)
        for name in (*ENVIRONMENT, "CLIPIT_QUEUE_URLS", "CLIPIT_DEAD_LETTER_URLS")
    )


def test_a_grace_that_is_no_number_is_refused() -> None:
    with pytest.raises(
        SettingsError, match="CLIPIT_DISPATCH_GRACE_SECONDS is 'soon': expected a whole number"
    ):
        read({**ENVIRONMENT, **URLS, "CLIPIT_DISPATCH_GRACE_SECONDS": "soon"})


def test_a_fleet_without_a_dead_letter_queue_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"CLIPIT_QUEUE_URLS names \['cpu'\] .* \['gpu'\]"):
        read({**ENVIRONMENT, **URLS, "CLIPIT_DEAD_LETTER_URLS": '{"gpu": "https://d"}'})
