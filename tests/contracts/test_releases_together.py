"""The handlers of two releases at work on one table and its queues, each in the role of the other.

One release's API, sweeper and notifier serve the jobs that the other's agents render, as for the days after a
deployment and after a rollback. Does not prove anything about releases that are further apart.
"""

import contextlib
from typing import Any

import pytest

from handlers.jobs.store.attributes import Item
from tests.contracts import release_before
from tests.contracts.release_before import Release
from tests.handlers.conftest import Clock
from tests.handlers.life.world import GRACE, LEASE, LETTERS, LIMIT, QUEUE

ROUNDS = 12


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Release:
    folder = tmp_path_factory.mktemp("release-before")
    release_before.take_out(folder)
    return release_before.loaded_from(folder)


@pytest.fixture(params=["today serves", "the release before serves"])
def releases(request: pytest.FixtureRequest, before: Release) -> tuple[Release, Release]:
    """Whose API, sweeper and notifier run, and whose agents."""
    today = release_before.loaded()
    return (today, before) if request.param == "today serves" else (before, today)


class Items(dict[Any, Item]):
    """The items of one table for the memory tables of both releases, whose classes of keys differ."""

    def __contains__(self, key: Any) -> bool:
        return super().__contains__((key.pk, key.sk))

    def __getitem__(self, key: Any) -> Item:
        return super().__getitem__((key.pk, key.sk))

    def __setitem__(self, key: Any, item: Item) -> None:
        super().__setitem__((key.pk, key.sk), item)

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get((key.pk, key.sk), default)

    def pop(self, key: Any, default: Any = None) -> Any:
        return super().pop((key.pk, key.sk), default)

    def setdefault(self, key: Any, default: Any = None) -> Any:
        return super().setdefault((key.pk, key.sk), default)


class Service:
    """One table and its queues, with the servers of one release and the agents of another."""

    def __init__(self, releases: tuple[Release, Release], plan: str) -> None:
        servers, agents = releases
        self.servers, self.agents, self.clock, items = servers.world, agents.world, Clock(), Items()
        self.server = self.servers.World(servers.memory_table.MemoryTable(items=items), self.clock)
        table = agents.memory_table.MemoryTable(items=items)
        self.agent = self.agents.World(table, self.clock, plan=plan.split(","))
        self.agent.queues.messages = self.server.queues.messages
        self.agent.stored = self.server.stored
        # Bodies of messages are all that the queues have in common; each keeps its own receipts apart.
        self.agent.queues.sent = 1_000_000

    def submit(self) -> None:
        self.server.submit(self.servers.Calls())

    def crash(self) -> None:
        """An agent dies with the job in hand."""
        mode = self.agents.Mode.CRASH_AFTER
        with contextlib.suppress(self.agents.Crash):
            self.agent.work(self.agents.Calls(strike_on="transact", mode=mode), "i-crashed")

    def come_to_rest(self) -> Any:
        """Everybody works until nothing is left to do; gives the job."""
        for _ in range(ROUNDS):
            if self.server.at_rest():
                break
            self.agent.work(self.agents.Calls(), "i-a")
            self.server.sweep(self.servers.Calls())
            self.server.notify(self.servers.Calls())
            self.clock.forward(LEASE + GRACE + 1)
        (job,) = self.server.jobs()
        return job


@pytest.mark.parametrize(
    ("plan", "state", "attempts"),
    [
        ("made", "succeeded", 1),
        ("fails,made", "succeeded", 2),
        ("fails", "failed", LIMIT),
        ("interrupted,made", "succeeded", 2),
        ("cancelled", "cancelled", 1),
    ],
)
def test_a_job_that_one_release_accepts_is_ended_by_the_agents_of_the_other(
    releases: tuple[Release, Release], plan: str, state: str, attempts: int
) -> None:
    service = Service(releases, plan)
    service.submit()
    job = service.come_to_rest()
    assert (job.state.value, job.attempt) == (state, attempts)
    assert len(service.server.posted) == 1, "the customer hears of it once"
    queues = service.server.queues.messages
    assert (queues[QUEUE], len(queues[LETTERS])) == ([], int(state == "failed"))


def test_the_sweeper_of_one_release_gives_back_what_an_agent_of_the_other_has_dropped(
    releases: tuple[Release, Release],
) -> None:
    service = Service(releases, "made")
    service.submit()
    service.crash()
    (job,) = service.server.jobs()
    assert job.state.value == "rendering"
    job = service.come_to_rest()
    assert (job.state.value, job.attempt) == ("succeeded", 2)


def test_the_two_releases_have_classes_of_their_own(before: Release) -> None:
    today = release_before.loaded()
    assert before.world.CustomerJobs is not today.world.CustomerJobs
    assert before.world.__file__ != today.world.__file__
