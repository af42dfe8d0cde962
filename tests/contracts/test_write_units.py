"""What a minute of rendering writes to the table, in write units; worker-protocol.md has the same figures.

`pytest -s` prints them. Does not prove that AWS bills so: it follows the developer guide's rules.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from handlers.jobs.model import Job
from handlers.jobs.store import keys
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.render_agent import heartbeat
from handlers.render_agent.attempt import Attempt
from handlers.render_agent.heartbeat import LOOK_SECONDS, PROGRESS_SECONDS, Ticking
from handlers.render_agent.service import Agent
from tests.contracts.write_units import TABLE, Index, MeteredTable, index_of
from tests.handlers.conftest import Clock, a_job
from tests.handlers.render_agent.conftest import World

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "worker-protocol.md"
MINUTE = 60.0
UNITS_OF_A_PARTITION = 1_000
"""A second; DynamoDB developer guide, "Designing partition keys to distribute your workload"."""
LEASE_SECONDS = 60


@pytest.fixture
def indexes(program: Callable[[str], Any]) -> list[Index]:
    (table,) = program("prod").of("aws:dynamodb/table:Table")
    return [index_of(one) for one in table.inputs["globalSecondaryIndexes"]]


@pytest.fixture
def heartbeat_seconds() -> int:
    settings = yaml.safe_load((ROOT / "Pulumi.prod.yaml").read_text())
    seconds = settings["config"]["clip-it:renders"]["heartbeat_seconds"]
    assert isinstance(seconds, int)
    return seconds


class Rendering:
    """An agent with a job in hand, on a metered table, whose time passes only between two ticks."""

    def __init__(
        self, indexes: list[Index], folder: Path, *, webhook_url: str = "https://hooks.example.com/renders"
    ) -> None:
        self.webhook_url = webhook_url
        self.clock, self.table = Clock(), MeteredTable(indexes=indexes)
        world = World(table=self.table, clock=self.clock, new_job=self._submit, folder=folder)
        self.agent: Agent = world.agent()
        self.agent.join()
        self.job = world.submit()
        attempt = self.agent.claiming.next()
        assert attempt is not None
        self.attempt: Attempt = attempt
        self.agent.heartbeat.hold(attempt)
        self.table.units.clear()

    def minute(self, heartbeat_seconds: float, *, progress: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        """The thread of the heartbeat for a minute in which the engine's progress changes all the time."""
        end = self.clock() + MINUTE

        def wait(seconds: float) -> bool:
            self.clock.forward(seconds)
            if progress:
                self.attempt.note(round(90 + (self.clock() - end) * 1.5), "encoding")
            return self.clock() > end

        ticking = Ticking(self.agent.heartbeat, heartbeat_seconds=heartbeat_seconds)
        monkeypatch.setattr(heartbeat, "time", SimpleNamespace(monotonic=self.clock))
        monkeypatch.setattr(ticking, "_ended", SimpleNamespace(wait=wait))
        ticking._tick()

    def _submit(self, **fields: object) -> Job:
        job = a_job(now=self.clock(), webhook_url=self.webhook_url, **fields)
        CustomerJobs(self.table).submit(job, record=None, actor="api:acme", now=self.clock())
        return job


def test_the_page_says_what_a_minute_of_rendering_writes(
    indexes: list[Index], heartbeat_seconds: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Rendering(indexes, tmp_path)
    one.minute(heartbeat_seconds, progress=True, monkeypatch=monkeypatch)
    places = (TABLE, keys.BY_TENANT, keys.BY_STATE, keys.BY_WAITING)
    spent = {entity: [one.table.units[entity, place] for place in places] for entity, _ in one.table.units}
    progress = f"{LOOK_SECONDS:g} to {PROGRESS_SECONDS:g}"
    every = {"WORKER": heartbeat_seconds, "JOB": LEASE_SECONDS * 2 // 3, "PROGRESS": progress}
    rows = [
        f"| `{entity}` | {every[entity]} s | {' | '.join(map(str, units))} | {sum(units)} |"
        for entity, units in spent.items()
    ]
    total = f"Together {one.table.units.total()} write units a minute."
    # The first minute has one renewal, after 40 s; a longer render has one each 40 s.
    renewals = MINUTE / (LEASE_SECONDS * 2 / 3)
    of_jobs = sum(spent["JOB"])
    later = one.table.units.total() + of_jobs * (renewals - 1)
    total += (
        " The first minute has one renewal; from then on there are 3 in two minutes, "
        f"so `JOB` takes {of_jobs * renewals:g} a minute and all together {later:g}."
    )
    most = UNITS_OF_A_PARTITION * MINUTE / (one.table.units["JOB", keys.BY_STATE] * renewals)
    print("", *rows, total, sep="\n")  # noqa: T201 - the figures are asked for with `-s`
    page = PAGE.read_text()
    assert [told for told in (*rows, total, f"{most:,.0f} jobs") if told not in page] == []


def test_a_large_job_costs_twice_as_much_and_its_progress_does_not(
    indexes: list[Index], heartbeat_seconds: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spent: list[Counter[str]] = []
    for path in ("renders", "x" * 600):
        one = Rendering(indexes, tmp_path, webhook_url=f"https://hooks.example.com/{path}")
        one.minute(heartbeat_seconds, progress=True, monkeypatch=monkeypatch)
        spent.append(Counter())
        for (entity, _), units in one.table.units.items():
            spent[-1][entity] += units
    small, large = spent
    assert large == small | {"JOB": 2 * small["JOB"]}


def test_progress_touches_no_index(
    indexes: list[Index], heartbeat_seconds: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spent: list[Counter[str]] = []
    for progress in (True, False):
        one = Rendering(indexes, tmp_path)
        one.minute(heartbeat_seconds, progress=progress, monkeypatch=monkeypatch)
        of_indexes = {place: units for (_, place), units in one.table.units.items() if place != TABLE}
        spent.append(Counter(of_indexes))
    assert spent[0] == spent[1]
    assert spent[0].total() > 0


def test_the_key_by_which_workers_are_found_does_not_move_with_their_heartbeats(
    indexes: list[Index], heartbeat_seconds: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Rendering(indexes, tmp_path)
    one.clock.now = keys.worker_sk(one.clock()) + keys.WORKER_KEY_SECONDS
    one.agent.heartbeat.beat()
    one.table.units.clear()
    one.minute(heartbeat_seconds, progress=False, monkeypatch=monkeypatch)
    beats = MINUTE // heartbeat_seconds
    assert one.table.units["WORKER", keys.BY_STATE] == one.table.units["WORKER", TABLE] == beats


def test_the_key_by_which_overdue_leases_are_found_moves_with_the_lease(
    indexes: list[Index], heartbeat_seconds: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Rendering(indexes, tmp_path)
    last = one.clock() + MINUTE
    one.minute(heartbeat_seconds, progress=True, monkeypatch=monkeypatch)
    item = one.table.get(keys.job(one.job.id))
    assert item is not None
    renewed = last - LEASE_SECONDS // 3
    assert item["state_sk"] == item["lease_expires_at"] == renewed + LEASE_SECONDS
