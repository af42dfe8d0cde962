"""Each process dies, or meets trouble, at each of its calls: no job is lost, none is published twice.

For every story of a job and every process that takes part in it, the process is struck at its first call,
then at its second, and so on to its last, in four ways. Afterwards time goes by and everybody works
undisturbed. What must hold then is in `assert_rest`.
"""

import contextlib
import itertools
from collections.abc import Callable

import pytest

from handlers.jobs.errors import TryAgainLater
from handlers.jobs.model import Job, WorkerState
from handlers.jobs.states import TERMINAL, TRANSITIONS, JobState
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.fleet_workers import FleetWorkers
from handlers.jobs.transitions import attempts_spent
from tests.handlers.conftest import Clock
from tests.handlers.life.memory_table import MemoryTable
from tests.handlers.life.world import GRACE, LEASE, LETTERS, LIMIT, QUEUE, Calls, Crash, Mode, World

A, B = "i-a", "i-b"
STORIES = {
    "made": JobState.SUCCEEDED,
    "fails,made": JobState.SUCCEEDED,
    "interrupted,made": JobState.SUCCEEDED,
    "fails": JobState.FAILED,
    "cancelled": JobState.CANCELLED,
}


def nothing(_: World) -> None:
    """The process is the first to act."""


def submitted(world: World) -> None:
    world.submit(Calls())


def unsent(world: World) -> None:
    """The job is written and its message was never sent."""
    with contextlib.suppress(Crash):
        world.submit(Calls(strike_on="send"))
    world.clock.forward(GRACE + 1)


def abandoned(world: World) -> None:
    """A worker has died with the job in hand."""
    world.submit(Calls())
    with contextlib.suppress(Crash):
        world.work(Calls(strike_on="transact", mode=Mode.CRASH_AFTER), A)
    assert [job.state for job in world.jobs()] == [JobState.RENDERING]
    world.clock.forward(LEASE + 1)


def ended(world: World) -> None:
    """All that is left to do is to tell the customer."""
    world.submit(Calls())
    world.notify(Calls())
    for _ in range(LIMIT):
        world.work(Calls(), A)


def unheard(world: World) -> None:
    """The job has ended, and the stream never told of it."""
    ended(world)
    world.skip_stream()
    world.clock.forward(GRACE + 1)


def unheard_without_letter(world: World) -> None:
    """Nobody was told: the agent died before its letter, and the stream skipped the end."""
    world.submit(Calls())
    for _ in range(LIMIT):
        with contextlib.suppress(Crash):
            world.work(Calls(strike_on="send letter"), A)
    world.skip_stream()
    world.clock.forward(GRACE + 1)


def lost(world: World) -> None:
    """The job's message was sent, and noted, and is gone."""
    world.submit(Calls())
    world.queues.messages[QUEUE].clear()
    world.clock.forward(GRACE + 1)


PROCESSES: dict[str, tuple[Callable[[World], None], Callable[[World, Calls], object]]] = {
    "job server": (nothing, World.submit),
    "agent": (submitted, lambda world, calls: world.work(calls, A)),
    "sweeper, message missing": (unsent, World.sweep),
    "sweeper, worker gone": (abandoned, World.sweep),
    "sweeper, message lost": (lost, World.sweep),
    "sweeper, webhook missing": (unheard, World.sweep),
    "sweeper, letter and webhook missing": (unheard_without_letter, World.sweep),
    "notifier": (ended, World.notify),
}


@pytest.mark.parametrize(
    "then",
    [pytest.param(A, marks=pytest.mark.long, id="the same instance"), pytest.param(B, id="another instance")],
)
@pytest.mark.parametrize("process", PROCESSES)
@pytest.mark.parametrize("story", STORIES)
def test_whatever_dies_wherever_the_job_ends_as_it_should_and_once(
    story: str, process: str, then: str
) -> None:
    prepare, act = PROCESSES[process]
    state = STORIES[story]
    undisturbed = Calls()
    world = fresh(story)
    prepare(world)
    act(world, undisturbed)
    if process == "agent":
        assert_idle(world)
    world.come_to_rest(then)
    assert_rest(world, state)
    assert undisturbed.names, "there is nothing to strike"
    for at, mode in itertools.product(range(1, len(undisturbed.names) + 1), Mode):
        world = fresh(story)
        prepare(world)
        with contextlib.suppress(Crash, TryAgainLater):
            act(world, Calls(strike_at=at, mode=mode))
        # A customer who got no answer asks again under the same key; it does no harm to do so anyway.
        world.submit(Calls())
        world.come_to_rest(then)
        try:
            assert_rest(world, state)
        except AssertionError as error:
            raise AssertionError(f"{mode} at call {at}, {undisturbed.names[at - 1]!r}: {error}") from error


def fresh(story: str) -> World:
    return World(real=MemoryTable(), clock=Clock(), plan=story.split(","))


def assert_rest(world: World, state: JobState) -> None:
    (job,) = world.jobs()
    assert job.state is state
    assert_history(world, job)
    assert world.queues.messages[QUEUE] == []
    assert_idle(world)
    assert attempts_spent(job) <= LIMIT
    if state is JobState.SUCCEEDED:
        assert job.output_key in world.stored
    assert bool(world.queues.messages[LETTERS]) is (state is JobState.FAILED)
    assert not job.owes_dead_letter
    assert not job.owes_webhook
    assert set(world.posted) == {f"msg_{job.id}_{job.attempt}"}, "a customer hears of one end, under one name"


def assert_idle(world: World) -> None:
    """No worker is thought to have a job in hand: one that is would never be drained."""
    for worker in FleetWorkers(world.real).of_fleet("cpu"):
        assert (worker.state, worker.job_id) == (WorkerState.IDLE, None)


def assert_history(world: World, job: Job) -> None:
    """One record for each thing that happened, in order, leading from nothing to where the job is."""
    events = CustomerJobs(world.real).events(job.id)
    assert [event.number for event in events] == list(range(1, job.event_count + 1))
    state, ends = None, 0
    for event in events:
        assert event.actor
        assert event.trace_id == job.trace_id
        state = TRANSITIONS[state, event.kind]
        ends += state in TERMINAL
    assert (state, ends) == (job.state, 1)
