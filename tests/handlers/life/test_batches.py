"""A batch whose job server dies, or meets trouble, at each of its calls: the same request makes it whole.

Three jobs are written with each transaction here, so that a batch of eight takes three of them.
"""

import contextlib
import itertools

import pytest

from handlers.job_server.batches import service
from handlers.job_server.queue_limit import QueueFullError
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.ids import job_ids_of_batch
from handlers.jobs.states import JobState
from handlers.jobs.store.customer_jobs import CustomerJobs
from tests.handlers.conftest import Clock
from tests.handlers.life.memory_table import MemoryTable
from tests.handlers.life.turns import drawn_orders, interleave
from tests.handlers.life.world import BULK_QUEUE, Calls, Crash, Mode, World

A, B = "i-a", "i-b"
ITEMS = 8


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "JOBS_AT_ONCE", 3)


def fresh() -> World:
    return World(real=MemoryTable(page=100), clock=Clock(), plan=["made"])


def assert_whole(world: World, batch_id: str) -> None:
    """Every job of the batch was rendered once, and its customer heard of it under one name."""
    batch = CustomerJobs(world.real).batch(batch_id)
    assert batch
    assert batch.whole
    jobs = {job.id: job for job in world.jobs()}
    assert sorted(jobs) == sorted(job_ids_of_batch(batch_id, ITEMS))
    assert {job.state for job in jobs.values()} == {JobState.SUCCEEDED}
    assert CustomerJobs(world.real).states_of(batch) == {JobState.SUCCEEDED: ITEMS}
    assert set(world.posted) == {f"msg_{job}_1" for job in jobs}
    assert world.queues.messages[BULK_QUEUE] == []


def test_whatever_dies_wherever_a_repeated_batch_is_whole_and_each_render_ends_once() -> None:
    undisturbed = Calls()
    world = fresh()
    world.submit_batch(undisturbed, ITEMS)
    assert undisturbed.names.count("transact") == 3, "the batch is written by three transactions"
    for at, mode in itertools.product(range(1, len(undisturbed.names) + 1), Mode):
        world = fresh()
        with contextlib.suppress(Crash, TryAgainLater):
            world.submit_batch(Calls(strike_at=at, mode=mode), ITEMS)
        batch_id = world.submit_batch(Calls(), ITEMS)
        world.come_to_rest(A)
        try:
            assert_whole(world, batch_id)
        except AssertionError as error:
            raise AssertionError(f"{mode} at call {at}, {undisturbed.names[at - 1]!r}: {error}") from error


def test_what_an_interrupted_batch_has_written_is_rendered_without_anybody_asking_again() -> None:
    world = fresh()
    calls = Calls(strike_at=4, mode=Mode.CRASH_BEFORE)
    with pytest.raises(Crash):
        world.submit_batch(calls, ITEMS)
    assert calls.names == ["count", "transact", "send", "transact"]
    world.come_to_rest(A)
    assert [job.state for job in world.jobs()] == [JobState.SUCCEEDED] * 3


def test_messages_of_a_batch_that_the_queue_does_not_take_are_sent_by_the_sweeper() -> None:
    world = fresh()
    batch_id = world.submit_batch(Calls(strike_on="send", mode=Mode.TROUBLE), ITEMS)
    assert [job.dispatched_at is None for job in reversed(world.jobs())] == [True] * 3 + [False] * 5
    world.come_to_rest(A)
    assert_whole(world, batch_id)


@pytest.mark.parametrize("items", [2, ITEMS])
def test_requests_with_one_key_at_the_same_time_make_one_batch(items: int) -> None:
    for choose in drawn_orders(60):
        world = fresh()
        first, second = interleave([lambda calls, of=world: of.submit_batch(calls, items)] * 2, choose)
        assert first == second
        assert len(world.jobs()) == items
        assert len(world.queues.messages[BULK_QUEUE]) == items, "whoever wrote a job sends its message, once"


def test_a_batch_that_does_not_fit_is_refused_before_anything_is_written() -> None:
    world = fresh()
    world.submit(Calls())
    with pytest.raises(
        QueueFullError, match="You have 1 renders waiting for fleet cpu, and at most 10 may wait"
    ):
        world.submit_batch(Calls(), 10)
    assert len(world.jobs()) == 1
    assert len(world.real.items) == 5, "of the render alone"


def test_an_interrupted_batch_goes_on_when_the_rest_of_it_fits() -> None:
    world = fresh()
    with pytest.raises(Crash):
        world.submit_batch(Calls(strike_at=4, mode=Mode.CRASH_BEFORE), 10)
    world.submit(Calls())
    with pytest.raises(QueueFullError):
        world.submit_batch(Calls(), 10)
    assert len(world.jobs()) == 4
    world.work(Calls(), A)
    world.submit_batch(Calls(), 10)
    assert len(world.jobs()) == 11
