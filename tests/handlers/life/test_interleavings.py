"""Two or three writers at one job, in every order of their calls; and everybody at once, in many orders."""

from collections.abc import Callable
from random import Random

import pytest

from handlers.job_server.renders.refusals import KeyReusedError
from handlers.jobs.answers import CancelRefusal, ClaimRefusal, DrainAnswer, FencedOff, LeaseAnswer
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.messages.dead_letters import DeadLetters
from handlers.jobs.messages.webhooks import Webhooks
from handlers.jobs.model import Failure, Job, Output, WorkerState
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.dispatch_marks import DispatchMarks
from handlers.jobs.store.failed_jobs import FailedJobs, Redriven
from handlers.jobs.store.fleet_workers import FleetWorkers
from handlers.jobs.store.items import job_to_item
from handlers.jobs.store.keys import output_folder
from handlers.jobs.store.overdue_jobs import OverdueJobs
from handlers.jobs.store.table import Table
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from handlers.jobs.store.writing import read_worker
from tests.handlers.life.test_crash_points import A, B, assert_history, assert_rest, fresh
from tests.handlers.life.turns import drawn_orders, every_order, interleave
from tests.handlers.life.world import LEASE, LETTERS, LIMIT, NOTICES, Calls, Sending, WatchedTable

OUTPUT = Output(duration=1, width=64, height=64, bytes=5)
CRASHED = Failure(code=FailureCode.ENGINE_CRASHED, detail="x")


class One:
    """One job, the workers A and B, and what each may do at a moment."""

    def __init__(self) -> None:
        self.world = fresh("made")
        self.id = self.world.submit(Calls())
        for instance in (A, B):
            WorkerHeartbeats(self.world.real).register(instance, fleet="cpu", now=self.now)

    @property
    def now(self) -> float:
        return self.world.clock()

    @property
    def job(self) -> Job:
        (job,) = self.world.jobs()
        return job

    def worker(self, instance: str) -> WorkerState:
        worker = read_worker(self.world.real, instance)
        assert worker is not None
        return worker.state

    def claim(self, instance: str = A, attempt: int = 1) -> Callable[[Calls], object]:
        return lambda calls: self._claims(calls).claim(
            self._of(instance, attempt), now=self.now, lease_seconds=LEASE
        )

    def complete(self, instance: str = A, attempt: int = 1) -> Callable[[Calls], object]:
        key = f"{output_folder('acme', self.id, attempt)}/video.mp4"
        return lambda calls: self._claims(calls).complete(
            self._of(instance, attempt), output=OUTPUT, output_key=key, now=self.now
        )

    def fail(self, instance: str = A, attempt: int = 1) -> Callable[[Calls], object]:
        return lambda calls: self._claims(calls).fail(
            self._of(instance, attempt), CRASHED, attempt_limit=LIMIT, now=self.now
        )

    def renew(self) -> Callable[[Calls], object]:
        return lambda calls: self._claims(calls).renew(self._of(A, 1), now=self.now, lease_seconds=LEASE)

    def report(self, instance: str = A, attempt: int = 1) -> Callable[[Calls], object]:
        return lambda calls: self._claims(calls).report(
            self._of(instance, attempt), percent=50 + attempt, stage="encoding", expires_at=0
        )

    def expire(self) -> Callable[[Calls], object]:
        job = self.job
        return lambda calls: OverdueJobs(self._table(calls)).expire(
            job, attempt_limit=LIMIT, actor="sweeper", now=self.now
        )

    def cancel(self) -> Callable[[Calls], object]:
        return lambda calls: CustomerJobs(self._table(calls)).request_cancel(
            self.id, actor="api:acme", now=self.now
        )

    def mark(self) -> Callable[[Calls], object]:
        return lambda calls: FleetWorkers(self._table(calls)).mark_draining(A)

    def start_draining(self) -> Callable[[Calls], object]:
        return lambda calls: WorkerHeartbeats(self._table(calls)).start_draining(A)

    def redrive(self) -> Callable[[Calls], object]:
        return lambda calls: FailedJobs(self._table(calls)).redrive(
            self.id, actor="operator:x", now=self.now, force=False
        )

    def letter(self) -> Callable[[Calls], object]:
        job = self.job
        return lambda calls: DeadLetters(
            Sending(self.world.queues, calls),
            self._table(calls),  # type: ignore[arg-type]
        ).leave(LETTERS, job, now=self.now)

    def announce(self) -> Callable[[Calls], object]:
        job = self.job
        return lambda calls: self._webhooks(calls).queue(job, now=self.now)

    def dispatch_mark(self) -> Callable[[Calls], object]:
        return lambda calls: DispatchMarks(self._table(calls)).mark(self.id, attempt=1, now=self.now)

    def _webhooks(self, calls: Calls) -> Webhooks:
        return Webhooks(Sending(self.world.queues, calls), self._table(calls), NOTICES)  # type: ignore[arg-type]

    def failed(self) -> "One":
        for attempt in range(1, LIMIT + 1):
            assert isinstance(self.claim(A, attempt)(Calls()), Job)
            assert isinstance(self.fail(A, attempt)(Calls()), Job)
        assert self.job.state is JobState.FAILED
        return self

    def held(self) -> "One":
        assert isinstance(self.claim()(Calls()), Job)
        return self

    def overdue(self) -> "One":
        self.held().world.clock.forward(LEASE + 1)
        return self

    def _table(self, calls: Calls) -> Table:
        return WatchedTable(self.world.real, calls)

    def _claims(self, calls: Calls) -> WorkerJobs:
        return WorkerJobs(self._table(calls))

    def _of(self, instance: str, attempt: int) -> Claim:
        return Claim(job_id=self.id, attempt=attempt, instance_id=instance)


PAIR = 2
DRAWN = 3_000
"""Orders of three acts, of tens of thousands."""


def orders(prepare: Callable[[], One], *acts: str | tuple[str, str, int]):  # type: ignore[no-untyped-def]
    """The world and the answers after each order of two acts' calls, and after many of three."""
    number = 0
    for choose in every_order() if len(acts) <= PAIR else drawn_orders(DRAWN):
        number += 1
        one = prepare()
        named = [(act,) if isinstance(act, str) else act for act in acts]
        answers = interleave([getattr(one, name)(*rest) for name, *rest in named], choose)
        assert_story(one)
        yield one, answers
    assert number > 1, "there was only one order"


def assert_story(one: One) -> None:
    """What holds at any moment: a gapless history, and an index that says what the job says."""
    job = one.job
    if job.state.terminal:
        assert_history(one.world, job)
    item = one.world.real.get(keys.job(job.id))
    written = job_to_item(job)
    assert item is not None
    for name in ("state_pk", "state_sk", "waiting_pk", "lease_owner"):
        assert item.get(name) == written.get(name), name


def test_of_two_claims_one_is_answered_with_the_job() -> None:
    for one, answers in orders(One, ("claim", A, 1), ("claim", B, 1)):
        winners = [
            instance for instance, answer in zip((A, B), answers, strict=True) if isinstance(answer, Job)
        ]
        assert winners == [one.job.lease_owner]
        assert ClaimRefusal.ALREADY_TAKEN in answers
        loser = B if winners == [A] else A
        assert (one.worker(winners[0]), one.worker(loser)) == (WorkerState.BUSY, WorkerState.IDLE)


def test_no_worker_is_marked_for_its_end_with_a_job_in_hand() -> None:
    seen = set()
    for one, (claimed, marked) in orders(One, "claim", "mark"):
        seen.add(marked)
        if marked is DrainAnswer.MARKED:
            assert claimed is ClaimRefusal.WORKER_DRAINING
            assert one.job.state is JobState.QUEUED
        else:
            assert isinstance(claimed, Job)
    assert seen == {DrainAnswer.MARKED, DrainAnswer.BUSY}


def test_a_late_video_is_published_or_the_job_is_given_back_and_never_both() -> None:
    seen = set()
    for one, (completed, expired) in orders(lambda: One().overdue(), "complete", "expire"):
        seen.add(one.job.state)
        if one.job.state is JobState.SUCCEEDED:
            assert (isinstance(completed, Job), expired) == (True, None)
        else:
            assert (one.job.state, one.job.attempt) == (JobState.QUEUED, 2)
            assert completed is FencedOff.FENCED_OFF
    assert seen == {JobState.SUCCEEDED, JobState.QUEUED}


def test_of_a_late_and_a_second_attempt_one_is_published() -> None:
    def second() -> One:
        one = One().overdue()
        assert one.expire()(Calls())
        assert isinstance(one.claim(B, 2)(Calls()), Job)
        return one

    for one, (late, timely) in orders(second, "complete", ("complete", B, 2)):
        assert late is FencedOff.FENCED_OFF
        assert isinstance(timely, Job)
        assert one.job.output_key == f"{output_folder('acme', one.id, 2)}/video.mp4"


def test_a_lease_that_is_held_is_not_taken() -> None:
    for one, (renewed, expired) in orders(lambda: One().overdue(), "renew", "expire"):
        assert (renewed is LeaseAnswer.HELD) is (expired is None)
        assert (one.job.state is JobState.RENDERING) is (expired is None)


def test_an_attempt_begins_at_nothing_although_the_last_one_still_told_of_its_progress() -> None:
    for one, (failed, _) in orders(lambda: One().held(), "fail", "report"):
        assert isinstance(failed, Job)
        assert isinstance(one.claim(B, 2)(Calls()), Job)
        assert (one.job.progress, one.job.stage) == (0, None)


def test_a_late_report_never_hides_how_far_the_present_attempt_is() -> None:
    def second() -> One:
        one = One().held()
        one.fail()(Calls())
        assert isinstance(one.claim(B, 2)(Calls()), Job)
        return one

    for one, _ in orders(second, "report", ("report", B, 2)):
        assert (one.job.attempt, one.job.progress) == (2, 52)


@pytest.mark.parametrize("end", ["complete", "fail"])
def test_a_cancellation_and_the_end_of_an_attempt_agree(end: str) -> None:
    for one, (ended, cancelled) in orders(lambda: One().held(), end, "cancel"):
        assert isinstance(ended, Job)
        if cancelled is CancelRefusal.FINAL or end == "complete":
            assert one.job.state is JobState.SUCCEEDED
        else:
            assert one.job.state is JobState.CANCELLED
        assert one.worker(A) is WorkerState.IDLE


def test_a_cancellation_and_a_claim_agree() -> None:
    for one, (claimed, cancelled) in orders(One, "claim", "cancel"):
        assert isinstance(cancelled, Job)
        if isinstance(claimed, Job):
            assert (one.job.state, one.job.cancel_requested) == (JobState.RENDERING, True)
        else:
            assert (one.job.state, one.worker(A)) == (JobState.CANCELLED, WorkerState.IDLE)


def test_a_worker_that_must_go_while_it_ends_its_job_stays_out_of_service() -> None:
    for one, (ended, _) in orders(lambda: One().held(), "complete", "start_draining"):
        assert isinstance(ended, Job)
        worker = read_worker(one.world.real, A)
        assert worker is not None
        assert (worker.state, worker.job_id) == (WorkerState.DRAINING, None)


@pytest.mark.parametrize(
    "others",
    [
        ("redrive",),
        ("letter",),
        pytest.param(("redrive", "letter"), marks=pytest.mark.long),
    ],
    ids="-".join,
)
def test_a_job_is_redriven_once_and_its_letter_does_not_hide_it(others: tuple[str, ...]) -> None:
    for one, answers in orders(lambda: One().failed(), "redrive", *others):
        requeued = sorted(one_.requeued for one_ in answers if isinstance(one_, Redriven))
        assert requeued == [False] * others.count("redrive") + [True]
        assert (one.job.state, one.job.attempt) == (JobState.QUEUED, LIMIT + 1)
        assert one.job.dead_letter_at is None, "when it fails again nobody would be told"


def test_a_letter_and_a_webhook_noted_at_once_are_both_noted() -> None:
    for one, (left, queued) in orders(lambda: One().failed(), "letter", "announce"):
        assert (left, queued) == (True, True)
        job = one.job
        assert not job.owes_dead_letter
        assert not job.owes_webhook
        item = one.world.real.get(keys.job(job.id))
        assert item is not None
        assert "state_pk" not in item, "nothing is owed anymore, so no sweep needs to find it"


def test_a_webhook_that_two_queue_at_once_is_noted_once() -> None:
    for one, _ in orders(lambda: One().failed(), "announce", "announce"):
        assert not one.job.owes_webhook
        assert 1 <= len(one.world.queues.messages[NOTICES]) <= 2


def test_a_webhook_of_the_end_before_does_not_hide_the_next_one() -> None:
    for one, (redriven, _) in orders(lambda: One().failed(), "redrive", "announce"):
        assert isinstance(redriven, Redriven)
        assert (one.job.state, one.job.announced_at) == (JobState.QUEUED, None)


def test_a_dispatch_mark_and_a_claim_agree_on_the_jobs_place_in_the_index() -> None:
    for one, (claimed, _) in orders(One, "claim", "dispatch_mark"):
        assert isinstance(claimed, Job)
        assert one.job.state is JobState.RENDERING


@pytest.mark.parametrize("same", [True, False], ids=["the same body", "another body"])
def test_of_two_submissions_under_one_key_there_is_one_job(same: bool) -> None:
    for choose in every_order():
        world = fresh("made")
        first, second = interleave([world.submit, lambda calls, w=world: w.submit(calls, same=same)], choose)
        (job,) = world.jobs()
        if same:
            assert first == second == job.id
        else:
            assert sorted((type(first), type(second)), key=str) == [KeyReusedError, str]


@pytest.mark.short_form(40)
@pytest.mark.parametrize("story", ["made", "fails,made", "interrupted,made", "cancelled"])
@pytest.mark.parametrize("seed", range(40))
def test_everybody_at_once_in_any_order_comes_to_rest(story: str, seed: int) -> None:
    chance = Random(seed)  # noqa: S311
    world = fresh(story)
    acts: list[Callable[[Calls], object]] = [
        world.submit,
        world.submit,
        lambda calls: world.work(calls, A),
        lambda calls: world.work(calls, B),
        world.sweep,
        world.sweep,
        world.notify,
    ]
    world.submit(Calls())

    def choose(moving: list[int]) -> int:
        if chance.random() < 0.02:
            world.clock.forward(LEASE)
        return chance.choice(moving)

    answers = interleave(acts, choose)
    assert not [one for one in answers if isinstance(one, Exception) and not isinstance(one, TryAgainLater)]
    world.come_to_rest(A)
    assert_rest(world, JobState.CANCELLED if story == "cancelled" else world.jobs()[0].state)
    assert world.jobs()[0].state in {JobState.CANCELLED, JobState.SUCCEEDED, JobState.FAILED}
