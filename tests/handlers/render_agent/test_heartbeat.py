"""The heartbeat: what it says, what it hears, and that no part of it hinders another."""

import time
from typing import TYPE_CHECKING, Protocol

import pytest

from handlers.jobs.errors import TryAgainLater
from handlers.jobs.model import WorkerState
from handlers.jobs.store import keys
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.fleet_workers import FleetWorkers
from handlers.jobs.store.table import PRESENT
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from handlers.render_agent.attempt import Attempt, StopReason
from handlers.render_agent.heartbeat import Ticking
from handlers.render_agent.orders import LeaveReason
from handlers.render_agent.service import Agent

if TYPE_CHECKING:
    from tests.handlers.render_agent.conftest import World


class Clock(Protocol):
    def __call__(self) -> float: ...

    def forward(self, seconds: float) -> float: ...


INSTANCE = "i-0123456789abcdef0"


@pytest.fixture
def agent(world: "World") -> Agent:
    made = world.agent()
    made.join()
    return made


def held(world: "World", agent: Agent) -> Attempt:
    world.submit()
    attempt = agent.claiming.next()
    assert attempt is not None
    agent.heartbeat.hold(attempt)
    return attempt


def test_a_heartbeat_renews_worker_lease_and_message(world: "World", agent: Agent, clock: Clock) -> None:
    attempt = held(world, agent)
    attempt.note(40, "encoding")
    clock.forward(40)
    agent.heartbeat.beat()
    job, worker = world.job(attempt.job), world.worker()
    assert (job.lease_expires_at, job.progress, job.stage) == (clock() + 60, 40, "encoding")
    assert worker is not None
    assert worker.heartbeat_at == clock()
    assert world.inbox.held == [(attempt.delivery, 60)]


def test_progress_reaches_the_customer_between_heartbeats_and_does_not_renew_the_lease(
    world: "World", agent: Agent, clock: Clock
) -> None:
    attempt = held(world, agent)
    attempt.note(40, "encoding")
    clock.forward(5)
    agent.heartbeat.keep()
    job = world.job(attempt.job)
    assert (job.progress, job.stage) == (40, "encoding")
    assert (job.updated_at, job.lease_expires_at) == (clock() - 5, clock() + 55)


def test_a_lease_is_renewed_when_a_third_of_it_is_left(world: "World", agent: Agent, clock: Clock) -> None:
    attempt = held(world, agent)
    ends = []
    for _ in range(6):
        clock.forward(10)
        agent.heartbeat.keep()
        lease = world.job(attempt.job).lease_expires_at
        assert lease is not None
        ends.append(lease - clock())
    assert ends == [50, 40, 30, 60, 50, 40]
    assert world.inbox.held == [(attempt.delivery, 60)]


def test_a_cancellation_is_heard_between_renewals(world: "World", agent: Agent, clock: Clock) -> None:
    attempt = held(world, agent)
    CustomerJobs(world.table).request_cancel(attempt.job.id, actor="api:acme", now=clock())
    clock.forward(5)
    agent.heartbeat.keep()
    assert attempt.stop is StopReason.CANCELLED


def test_progress_is_reported_often_at_first_and_then_every_quarter_of_a_minute(
    world: "World", agent: Agent, clock: Clock
) -> None:
    attempt = held(world, agent)
    reported = []
    for second in range(5, 61, 5):
        clock.forward(5)
        attempt.note(second, "encoding")
        agent.heartbeat.keep()
        if not attempt.has_news:
            reported.append(second)
    assert reported == [5, 10, 20, 35, 50]


def test_progress_that_has_not_changed_is_not_written_again(
    world: "World", agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = held(world, agent)
    attempt.note(40, "encoding")
    agent.heartbeat.keep()
    monkeypatch.setattr(world.table, "put", lambda _: pytest.fail("it is known already"))
    agent.heartbeat.keep()
    agent.heartbeat.beat()
    assert attempt.reported == (40, "encoding")


def test_progress_that_could_not_be_written_is_reported_again(
    world: "World", agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise TryAgainLater("no table")

    attempt = held(world, agent)
    attempt.note(40, "encoding")
    with monkeypatch.context() as patch:
        patch.setattr(world.table, "put", away)
        agent.heartbeat.keep()
    assert attempt.has_news
    agent.heartbeat.keep()
    assert world.job(attempt.job).progress == 40


def test_an_attempt_that_has_lost_its_lease_reports_nothing(world: "World", agent: Agent) -> None:
    attempt = held(world, agent)
    attempt.ask_to_stop(StopReason.LEASE_LOST)
    attempt.note(40, "encoding")
    agent.heartbeat.keep()
    assert attempt.has_news


def test_an_idle_worker_says_only_that_it_lives(world: "World", agent: Agent, clock: Clock) -> None:
    clock.forward(10)
    agent.heartbeat.keep()
    agent.heartbeat.beat()
    worker = world.worker()
    assert worker is not None
    assert worker.heartbeat_at == clock()
    assert world.inbox.held == []


def test_a_worker_whose_record_vanished_registers_again(world: "World", agent: Agent, clock: Clock) -> None:
    assert world.table.delete(keys.worker(INSTANCE), PRESENT)
    assert world.worker() is None
    agent.heartbeat.beat()
    worker = world.worker()
    assert worker is not None
    assert worker.state is WorkerState.IDLE


def test_a_worker_that_is_leaving_never_registers_again(world: "World", agent: Agent) -> None:
    world.orders.leave(LeaveReason.SIGNAL)
    agent.leave()
    agent.heartbeat.beat()
    assert world.worker() is None


def test_a_mark_of_the_scaler_is_an_order_to_leave(world: "World", agent: Agent) -> None:
    FleetWorkers(world.table).mark_draining(INSTANCE)
    agent.heartbeat.beat()
    assert world.orders.has(LeaveReason.MARKED)
    assert not world.orders.urgent


def test_a_spot_notice_is_urgent_and_takes_the_worker_out_of_service(world: "World", agent: Agent) -> None:
    world.instance.interrupted = True
    agent.heartbeat.beat()
    worker = world.worker()
    assert world.orders.urgent
    assert worker is not None
    assert worker.state is WorkerState.DRAINING
    assert not world.orders.has(LeaveReason.MARKED), "its own mark is not the scaler's"


def test_silent_metadata_do_not_stop_the_lease(world: "World", agent: Agent, clock: Clock) -> None:
    attempt = held(world, agent)
    world.instance.silent = True
    clock.forward(40)
    agent.heartbeat.beat()
    assert world.job(attempt.job).lease_expires_at == clock() + 60
    assert not world.orders.leaving


def test_a_table_that_is_away_does_not_stop_the_spot_notice(
    world: "World", agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise TryAgainLater("no table")

    for name in ("heartbeat", "start_draining"):
        monkeypatch.setattr(WorkerHeartbeats, name, away)
    world.instance.interrupted = True
    (world.folder / "health").unlink()
    agent.heartbeat.beat()
    assert world.orders.has(LeaveReason.SPOT)
    assert not (world.folder / "health").exists(), "an unheard heartbeat must not look healthy"


def test_a_lease_that_somebody_else_has_stops_the_attempt(world: "World", agent: Agent) -> None:
    attempt = held(world, agent)
    other = Claim(job_id=attempt.job.id, attempt=1, instance_id=INSTANCE)
    WorkerJobs(world.table).release(other, detail="taken away", now=world.clock())
    agent.heartbeat.beat()
    assert attempt.stop is StopReason.LEASE_LOST


def test_an_agent_that_hangs_longer_than_any_job_loses_its_lease(
    world: "World", agent: Agent, clock: Clock
) -> None:
    attempt = held(world, agent)
    clock.forward(1000)
    agent.heartbeat.beat()
    lease = world.job(attempt.job).lease_expires_at
    assert lease is not None
    assert lease < clock()


def test_the_thread_beats_until_its_block_ends_and_hands_over_what_killed_it(
    world: "World", agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    beats: list[int] = []

    def beat() -> None:
        beats.append(1)
        if len(beats) == 3:
            raise KeyError("a mistake")

    monkeypatch.setattr(agent.heartbeat, "beat", beat)
    deadline = time.monotonic() + 10

    def wait_until_it_has_died(beating: Ticking) -> None:
        while time.monotonic() < deadline:
            beating.check()
            time.sleep(0.01)

    with Ticking(agent.heartbeat, heartbeat_seconds=0.01) as beating, pytest.raises(KeyError):
        wait_until_it_has_died(beating)
    assert len(beats) == 3
