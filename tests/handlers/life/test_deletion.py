"""A customer deletes a render while any process dies at any of its calls: what is deleted stays deleted.

As in test_crash_points.py, each process is struck at its first call, then its second, and so on. Afterwards
the customer repeats the deletion, time goes by, and everybody works undisturbed.
"""

import contextlib
import itertools

import pytest

from handlers.jobs.errors import TryAgainLater
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.compositions import Compositions
from handlers.jobs.store.customers.deletions import UPLOADS_END_SECONDS, PendingDeletions
from tests.handlers.conftest import Clock
from tests.handlers.life.memory_table import MemoryTable
from tests.handlers.life.world import GRACE, LEASE, LETTERS, LIMIT, NOTICES, QUEUE, Calls, Crash, Mode, World

A = "i-a"
STORIES = {"made": JobState.SUCCEEDED, "fails": JobState.FAILED, "cancelled": JobState.CANCELLED}
PROCESSES = {
    "job server": World.delete,
    "sweeper": lambda world, calls, job_id: (world.delete(Calls(), job_id), world.sweep(calls)),
    "notifier": lambda world, calls, job_id: (world.delete(Calls(), job_id), world.notify(calls)),
}


def ended(story: str, *, told: bool) -> tuple[World, str]:
    """A job that has ended, whether its customer was told or not."""
    world = World(real=MemoryTable(), clock=Clock(), plan=[story])
    job_id = world.submit(Calls())
    world.notify(Calls())
    for _ in range(LIMIT):
        world.work(Calls(), A)
    if told:
        world.notify(Calls())
    (job,) = world.jobs()
    assert job.state is STORIES[story]
    return world, job_id


@pytest.mark.short_form(4)
@pytest.mark.parametrize("told", [True, False], ids=["told", "untold"])
@pytest.mark.parametrize("process", PROCESSES)
@pytest.mark.parametrize("story", STORIES)
def test_whatever_dies_wherever_nothing_of_a_deleted_render_is_left(
    story: str, process: str, told: bool
) -> None:
    undisturbed = Calls()
    world, job_id = ended(story, told=told)
    PROCESSES[process](world, undisturbed, job_id)
    for at, mode in itertools.product(range(1, len(undisturbed.names) + 1), Mode):
        world, job_id = ended(story, told=told)
        with contextlib.suppress(Crash, TryAgainLater):
            PROCESSES[process](world, Calls(strike_at=at, mode=mode), job_id)
        assert world.delete(Calls(), job_id) is None, "a customer who got no answer asks again"
        for _ in range(2):
            world.clock.forward(LEASE + GRACE + 1)
            world.sweep(Calls())
            world.work(Calls(), A)
            world.notify(Calls())
        try:
            assert_gone(world, job_id, told=told)
        except AssertionError as error:
            raise AssertionError(f"{mode} at call {at}, {undisturbed.names[at - 1]!r}: {error}") from error


def assert_gone(world: World, job_id: str, *, told: bool) -> None:
    assert world.jobs() == []
    assert not world.stored, "files of it are left"
    assert Compositions(world.real).of(job_id) is None
    assert world.real.get(keys.webhook(job_id)) is None
    assert list(PendingDeletions(world.real).pending(now=world.clock())) == []
    record = world.real.get(keys.deletion(job_id))
    assert record
    assert record["erased_at"]
    assert world.queues.messages[QUEUE] == []
    assert world.queues.messages[NOTICES] == []
    assert len(world.posted) == told, "who deletes a render hears no more of it"
    assert len(world.queues.messages[LETTERS]) <= 1


def test_a_customer_who_submits_again_under_the_same_key_makes_nothing_new() -> None:
    world, job_id = ended("made", told=True)
    world.delete(Calls(), job_id)
    assert world.submit(Calls()) == job_id
    world.sweep(Calls())
    assert_gone(world, job_id, told=True)


def test_what_an_attempt_stores_after_the_deletion_is_erased_too() -> None:
    world, job_id = ended("made", told=True)
    world.delete(Calls(), job_id)
    world.sweep(Calls())
    assert not world.stored
    world.stored.add(keys.video_object("acme", job_id, 1))
    world.clock.forward(UPLOADS_END_SECONDS)
    world.sweep(Calls())
    assert_gone(world, job_id, told=True)
    world.clock.forward(86_400)
    assert list(PendingDeletions(world.real).pending(now=world.clock())) == []
