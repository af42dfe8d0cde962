"""The code of two releases works on one table: its functions are new at once, its agents up to a week later.

The release before is here by the items that it wrote, in `golden/<version>.json`, which hold whatever
its code reads. Does not prove that it does the right thing with what it reads.
"""

import json
from dataclasses import replace

import pytest

from handlers.jobs.model import Job, WorkerState
from handlers.jobs.outputs import OutputOptions
from handlers.jobs.states import JobState
from handlers.jobs.store.attributes import Item
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.fleet_workers import FleetWorkers
from handlers.jobs.store.items import (
    event_from_item,
    event_to_item,
    job_from_item,
    job_to_item,
    worker_from_item,
    worker_to_item,
)
from handlers.jobs.store.table import Put
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from tests.contracts.golden_items import EXPIRES, FOLDER, FORMAT, JOBS, QUEUED, RENDERING, of_today, version
from tests.handlers.life.memory_table import MemoryTable

RELEASES = sorted(FOLDER.glob("*.json"))
ITEMS = [
    pytest.param(kind, item, id=f"{path.stem} {kind}")
    for path in RELEASES
    for kind, item in json.loads(path.read_text()).items()
]
OF_THEIR_OWN = {"progress", "stage", "output", "failure"}
"""What a job has and its item has not under this name: in an item of its own, or in several attributes."""


@pytest.fixture
def table() -> MemoryTable:
    return MemoryTable()


def again(kind: str, item: Item) -> Item:
    """The item as today's code writes what it read in it."""
    match kind.split(maxsplit=1)[0]:
        case "job":
            return job_to_item(job_from_item(item))
        case "worker":
            return worker_to_item(worker_from_item(item), EXPIRES)
    return event_to_item(event_from_item(item), EXPIRES)


def test_every_version_that_can_still_meet_todays_has_its_items() -> None:
    told = json.loads(FORMAT.read_text())
    assert {path.stem for path in RELEASES} >= {str(version())}
    assert told["minimum_reader"] <= told["version"] == version()


@pytest.mark.parametrize(("kind", "item"), ITEMS)
def test_todays_code_reads_the_items_of_a_release_and_loses_nothing_of_them(kind: str, item: Item) -> None:
    written = again(kind, item)
    assert {name: written.get(name) for name in item} == item


@pytest.mark.parametrize(("kind", "item"), ITEMS)
def test_the_items_of_today_have_all_that_the_code_of_a_release_reads(kind: str, item: Item) -> None:
    """A new attribute is let alone by older code; one that is gone, or of another type, fails it."""
    written = of_today()[kind]
    kinds = {name: type(value) for name, value in written.items()}
    assert {name: kinds.get(name) for name in item} == {name: type(value) for name, value in item.items()}


def golden(kind: str) -> Item:
    items: dict[str, Item] = json.loads(RELEASES[0].read_text())
    return items[kind]


def test_todays_agent_works_on_a_job_and_a_worker_of_the_release_before(table: MemoryTable) -> None:
    for kind in ("job queued", "worker idle"):
        assert table.put(Put(item=golden(kind)))
    claim = Claim(job_id=QUEUED.id, attempt=1, instance_id="i-1")
    claimed = WorkerJobs(table).claim(claim, now=1_010.0, lease_seconds=60)
    assert isinstance(claimed, Job)
    assert claimed.state is JobState.RENDERING
    (worker,) = FleetWorkers(table).of_fleet("cpu")
    assert (worker.state, worker.job_id) == (WorkerState.BUSY, QUEUED.id)


def test_todays_server_and_scaler_see_what_an_agent_of_the_release_before_wrote(table: MemoryTable) -> None:
    for kind in ("job rendering", "worker busy"):
        assert table.put(Put(item=golden(kind)))
    seen = CustomerJobs(table).get(QUEUED.id)
    unknown = {"metadata": {}, "batch": None, "output_options": OutputOptions()}
    later = {"rendering_limit": None, "composition_is_large": False}
    assert seen == replace(RENDERING, **unknown, **later), "version 1 did not know them"
    assert WorkerHeartbeats(table).heartbeat("i-2", now=1_020.0) is not None
    assert [one.instance_id for one in FleetWorkers(table).of_fleet("cpu")] == ["i-2"]


def test_what_is_compared_holds_every_attribute_of_a_job() -> None:
    """So that none is forgotten when the items of a release are written."""
    written = {name for job in JOBS.values() for name in job_to_item(job)}
    assert set(Job.__dataclass_fields__) - OF_THEIR_OWN - written == set()
