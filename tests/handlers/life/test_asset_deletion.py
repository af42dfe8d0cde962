"""A tenant deletes an asset while job server or sweeper dies at any of its calls: the file goes."""

import contextlib
import itertools
from collections.abc import Callable

import pytest

from handlers.job_server.renders.callers import Caller
from handlers.job_server.renders.refusals import AssetNotFoundError
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.store import keys
from handlers.jobs.store.customers.asset_deletions import LINKS_END_SECONDS, PendingAssetDeletions
from tests.handlers.conftest import Clock
from tests.handlers.life.memory_table import MemoryTable
from tests.handlers.life.world import Calls, Crash, Mode, World

ASSET = "a_" + "0" * 26
OURS, THEIRS = keys.asset_object("acme", ASSET), keys.asset_object("zenith", ASSET)
ACME = Caller(tenant="acme")


def deleted(world: World, calls: Calls) -> None:
    world.api(calls).uploads.delete(ACME, ASSET)


def swept(world: World, calls: Calls) -> None:
    deleted(world, Calls())
    world.sweep(calls)


def a_world() -> World:
    return World(real=MemoryTable(), clock=Clock(), stored={OURS, THEIRS})


@pytest.mark.parametrize("process", [deleted, swept], ids=["job server", "sweeper"])
def test_whatever_dies_wherever_the_file_goes(process: Callable[[World, Calls], None]) -> None:
    undisturbed = Calls()
    process(a_world(), undisturbed)
    for at, mode in itertools.product(range(1, len(undisturbed.names) + 1), Mode):
        world = a_world()
        with contextlib.suppress(Crash, TryAgainLater):
            process(world, Calls(strike_at=at, mode=mode))
        deleted(world, Calls())
        world.sweep(Calls())
        assert world.stored == {THEIRS}, f"{mode} at call {at}, {undisturbed.names[at - 1]!r}"
        deleted(world, Calls())


def test_a_link_that_still_works_brings_the_file_back_for_an_hour_at_most() -> None:
    world = a_world()
    swept(world, Calls())
    world.stored.add(OURS)
    world.sweep(Calls())
    assert OURS in world.stored
    world.clock.forward(LINKS_END_SECONDS)
    world.sweep(Calls())
    assert world.stored == {THEIRS}
    assert list(PendingAssetDeletions(world.real).pending(now=world.clock() + 99_999)) == []


def test_what_never_was_is_not_deleted() -> None:
    world = a_world()
    with pytest.raises(AssetNotFoundError):
        world.api(Calls()).uploads.delete(Caller(tenant="nobody"), ASSET)
    world.sweep(Calls())
    assert world.stored == {OURS, THEIRS}
