"""The usage of a render while the notifier dies at any of its calls: it counts once, and no end is forgotten.

As in test_crash_points.py, the notifier is struck at its first call, then its second, and so on.
"""

import contextlib
import itertools
from datetime import date

import pytest

from handlers.jobs.errors import TryAgainLater
from handlers.jobs.store.customers.usage_days import Totals, UsageDays
from handlers.jobs.store.failed_jobs import FailedJobs
from handlers.jobs.store.reading import untold
from tests.handlers.conftest import Clock
from tests.handlers.life.memory_table import MemoryTable
from tests.handlers.life.world import LIMIT, Calls, Crash, Mode, World

A = "i-a"
STORIES = {
    "made": Totals(succeeded=1, video_seconds=1),
    "fails": Totals(failed=1),
    "cancelled": Totals(cancelled=1),
}


def ended(story: str, *, again: bool) -> World:
    """A job that has ended; with `again` it has been counted, queued again by an operator, and ended."""
    world = World(real=MemoryTable(), clock=Clock(), plan=[story])
    job_id = world.submit(Calls())
    world.notify(Calls())
    for _ in range(LIMIT):
        world.work(Calls(), A)
    if again:
        world.notify(Calls())
        FailedJobs(world.real).redrive(job_id, actor="operator:me", now=world.clock(), force=True)
        world.notify(Calls())
        world.clock.forward(86_400)
        for _ in range(LIMIT):
            world.sweep(Calls())
            world.work(Calls(), A)
    assert all(job.state.terminal for job in world.jobs())
    return world


def totals(world: World) -> Totals:
    days = UsageDays(world.real, untold).of_tenant("acme", date(2023, 11, 1), date(2023, 11, 30))
    found = Totals()
    for one in days:
        found = found.plus(one.totals)
    return found


@pytest.mark.short_form(1)
@pytest.mark.parametrize(("story", "again"), [*((story, False) for story in STORIES), ("fails", True)])
def test_wherever_the_notifier_dies_a_render_counts_once(story: str, again: bool) -> None:
    undisturbed = Calls()
    ended(story, again=again).notify(undisturbed)
    assert undisturbed.names
    for at, mode in itertools.product(range(1, len(undisturbed.names) + 1), Mode):
        world = ended(story, again=again)
        with contextlib.suppress(Crash, TryAgainLater):
            world.notify(Calls(strike_at=at, mode=mode))
        # The stream tells everything since the last function that ended well.
        world.notify(Calls())
        assert totals(world) == STORIES[story], f"{mode} at call {at}, {undisturbed.names[at - 1]!r}"
