"""A customer asks for a webhook once more while any process dies at any of its calls: it comes, under its id.

As in test_crash_points.py, each process is struck at its first call, then its second, and so on. Afterwards
the customer repeats the request under the same key, time goes by, and everybody works undisturbed.
"""

import contextlib
import itertools

import pytest

from handlers.jobs.errors import TryAgainLater
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.customers.delivery_requests import VALID_SECONDS
from tests.handlers.conftest import Clock
from tests.handlers.life.memory_table import MemoryTable
from tests.handlers.life.world import GRACE, LEASE, LIMIT, NOTICES, Calls, Crash, Mode, World

A = "i-a"
PROCESSES = {
    "job server": World.redeliver,
    "notifier": lambda world, calls, job_id: (world.redeliver(Calls(), job_id), world.notify(calls)),
}


def told() -> tuple[World, str]:
    """A job whose customer was told of its end."""
    world = World(real=MemoryTable(), clock=Clock(), plan=["made"])
    job_id = world.submit(Calls())
    world.notify(Calls())
    for _ in range(LIMIT):
        world.work(Calls(), A)
    world.notify(Calls())
    assert len(world.posted) == 1
    return world, job_id


@pytest.mark.parametrize("process", PROCESSES)
def test_whatever_dies_wherever_the_webhook_comes_once_more(process: str) -> None:
    undisturbed = Calls()
    world, job_id = told()
    PROCESSES[process](world, undisturbed, job_id)
    for at, mode in itertools.product(range(1, len(undisturbed.names) + 1), Mode):
        world, job_id = told()
        with contextlib.suppress(Crash, TryAgainLater):
            PROCESSES[process](world, Calls(strike_at=at, mode=mode), job_id)
        redelivery = world.redeliver(Calls(), job_id)
        for _ in range(2):
            world.clock.forward(LEASE + GRACE + 1)
            world.sweep(Calls())
            world.notify(Calls())
        where = f"{mode} at call {at}, {undisturbed.names[at - 1]!r}"
        assert world.queues.messages[NOTICES] == [], where
        assert set(world.posted) == {f"msg_{job_id}_1"}, where
        noted = [one for one in CustomerJobs(world.real).deliveries(job_id) if one.redelivery == redelivery]
        assert any(one.delivered for one in noted), where
        # Who dies between the receiver's answer and its record posts again.
        most = 3 if "post" in undisturbed.names[:at] else 2
        assert 2 <= len(world.posted) <= most, where


def test_under_a_key_of_yesterday_the_webhook_comes_once_more_too() -> None:
    world, job_id = told()
    first = world.redeliver(Calls(), job_id)
    world.notify(Calls())
    world.clock.forward(VALID_SECONDS + 1)
    second = world.redeliver(Calls(), job_id)
    for _ in range(2):
        world.notify(Calls())
    noted = [(one.delivered, one.redelivery) for one in CustomerJobs(world.real).deliveries(job_id)]
    assert noted == [(True, None), (True, first), (True, second)]
    assert world.posted == [f"msg_{job_id}_1"] * 3
