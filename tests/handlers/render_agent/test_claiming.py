"""Which of a fleet's two queues a worker asks, in which order, and for how long."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from handlers.jobs.answers import ClaimRefusal
from handlers.jobs.messages.render_queue import RenderMessage, encode
from handlers.jobs.model import Priority
from handlers.render_agent.claiming import LOOK_SECONDS, Claiming
from handlers.render_agent.orders import LeaveReason

if TYPE_CHECKING:
    from tests.handlers.render_agent.conftest import World

NORMAL, BULK = Priority.NORMAL, Priority.BULK


@pytest.fixture
def claiming(world: "World") -> Claiming:
    agent = world.agent()
    agent.join()
    return replace(agent.claiming, poll_seconds=5)


def queued(world: "World", normal: int, bulk: int) -> None:
    for priority, many in ((NORMAL, normal), (BULK, bulk)):
        for number in range(many):
            job_id = f"r_{number:026d}"
            world.inbox.put(encode(RenderMessage(job_id=job_id, attempt=1)), priority)


def taken(world: "World", claiming: Claiming, times: int) -> list[Priority]:
    """The priorities of the messages that a worker takes, one after the other; their jobs are gone."""
    for _ in range(times):
        claiming.next()
    return [delivery.priority for delivery in world.inbox.removed]


def test_of_two_full_queues_every_eighth_message_is_a_bulk_one(world: "World", claiming: Claiming) -> None:
    queued(world, normal=30, bulk=30)
    assert taken(world, claiming, 16) == [*[NORMAL] * 7, BULK] * 2


def test_bulk_renders_use_what_normal_ones_leave(world: "World", claiming: Claiming) -> None:
    queued(world, normal=2, bulk=5)
    assert taken(world, claiming, 7) == [NORMAL, NORMAL, *[BULK] * 5]


def test_normal_renders_wait_for_no_bulk_one_that_is_not_there(world: "World", claiming: Claiming) -> None:
    queued(world, normal=9, bulk=0)
    assert taken(world, claiming, 9) == [NORMAL] * 9


def test_a_worker_without_work_waits_for_a_normal_render_and_looks_for_bulk_ones(
    world: "World", claiming: Claiming
) -> None:
    assert claiming.next() is None
    assert world.inbox.waits == [(NORMAL, LOOK_SECONDS), (BULK, LOOK_SECONDS), (NORMAL, 5)]


def test_a_worker_that_has_to_leave_asks_no_further_queue(world: "World", claiming: Claiming) -> None:
    world.inbox.when_empty = lambda: world.orders.leave(LeaveReason.TERMINATING)
    assert claiming.next() is None
    assert world.inbox.waits == [(NORMAL, LOOK_SECONDS)]


def test_a_bulk_render_that_its_tenants_share_puts_off_goes_back_to_its_own_queue(
    world: "World", claiming: Claiming, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = world.submit()
    (delivery,) = world.inbox.waiting
    world.inbox.waiting[:] = [replace(delivery, priority=BULK)]
    monkeypatch.setattr(claiming.claims, "claim", lambda *_, **__: ClaimRefusal.TENANT_AT_SHARE)
    monkeypatch.setattr(claiming.orders, "pause", lambda _: None)
    claiming.next()
    assert (world.dispatcher.urls, world.dispatcher.sent[0].job_id) == (["queue-bulk"], job.id)
