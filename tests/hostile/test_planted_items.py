"""Items that a hostile instance plants beside others: any number of them, each up to DynamoDB's 400 KB.

An instance may write below every `JOB#` and every `WORKER#` key, and into the index by state.
"""

from dataclasses import dataclass

import pytest

from handlers.jobs.model import Job, Worker, WorkerState
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Item
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.fleet_workers import FleetWorkers
from handlers.jobs.store.items import job_to_item, worker_to_item
from handlers.jobs.store.reading import UnreadableItemError
from handlers.jobs.store.table import MOST_CALLS, Query, QueryPage
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from tests.handlers.conftest import START
from tests.handlers.life.memory_table import MemoryTable
from tests.hostile.items import job, put
from tests.hostile.test_item import NOW, scaler

PLANTED = 300


@dataclass
class CountedTable(MemoryTable):
    """Counts the calls that lists and counts take."""

    calls: int = 0

    def _page(self, query: Query) -> QueryPage:
        self.calls += 1
        return super()._page(query)

    def _counted(self, query: Query) -> tuple[int, Item | None]:
        self.calls += 1
        return super()._counted(query)


def test_what_lies_between_a_job_and_its_progress_is_not_read() -> None:
    table, mine = CountedTable(), job(1, JobState.RENDERING)
    put(table, job_to_item(mine))
    for number in range(PLANTED):
        put(table, {"pk": keys.job(mine.id).pk, "sk": f"K{number:06d}", "stage": "x" * 1_000})
    shown = CustomerJobs(table).get(mine.id)
    assert shown
    assert shown.id == mine.id
    assert table.calls == 1


def test_events_without_end_are_cut_off_and_told() -> None:
    table, told = CountedTable(page=10), list[UnreadableItemError]()
    jobs, mine = CustomerJobs(table, told.append), job(1, JobState.QUEUED)
    jobs.submit(mine, record=None, actor="api:acme", now=START)
    event = table.items[keys.event(mine.id, 1)]
    for number in range(2, PLANTED):
        key = keys.event(mine.id, number)
        put(table, {**event, "pk": key.pk, "sk": key.sk, "number": number})
    table.calls = 0
    shown = jobs.events(mine.id)
    assert shown[0].number == 1
    assert len(shown) < PLANTED
    assert table.calls <= MOST_CALLS
    assert len(told) == 1
    assert mine.id in str(told[0])


def plant_workers(table: MemoryTable, number: int) -> None:
    for one in range(number):
        worker = Worker(
            instance_id=f"i-{one}",
            fleet="cpu",
            state=WorkerState.IDLE,
            heartbeat_at=NOW,
            registered_at=NOW,
        )
        put(table, worker_to_item(worker, int(NOW) + 3600))


def test_workers_without_end_make_the_scaler_blind_instead_of_wrong() -> None:
    """Whoever sees a part of the workers alone takes the others for dead, and replaces them."""
    table = CountedTable(page=10)
    plant_workers(table, MOST_CALLS * 10 + 1)
    with pytest.raises(UnreadableItemError, match="more"):
        scaler(table, [])._records(NOW)
    assert table.calls == MOST_CALLS


def test_an_item_of_no_kind_among_the_workers_is_nobody() -> None:
    table = MemoryTable()
    WorkerHeartbeats(table).register("i-1", fleet="cpu", now=NOW)
    stranger: Item = {"pk": "JOB#x", "sk": "ZZZ", "state_pk": keys.workers_pk("cpu"), "state_sk": NOW}
    put(table, stranger)
    assert [one.instance_id for one in FleetWorkers(table).of_fleet("cpu")] == ["i-1"]
    assert list(scaler(table, [])._records(NOW).workers) == ["i-1"]


def test_a_job_that_is_spoiled_while_it_is_put_off_ends_no_agent() -> None:
    table, mine = MemoryTable(), job(1, JobState.QUEUED)
    put(table, job_to_item(mine) | {"tenant": "Zenith"})
    assert WorkerJobs(table, most_of_tenant=2).tenant_of(mine.id) is None


def test_renders_in_work_without_end_hold_up_no_claim() -> None:
    table, mine = CountedTable(page=10), job(1, JobState.QUEUED)
    put(table, job_to_item(mine))
    for number in range(PLANTED):
        place: Item = {"state_pk": keys.rendering_pk("cpu"), "state_sk": NOW + 60}
        put(table, {"pk": f"JOB#x{number}", "sk": "JOB", **place})
    WorkerHeartbeats(table).register("i-1", fleet="cpu", now=NOW)
    claim = Claim(job_id=mine.id, attempt=mine.attempt, instance_id="i-1")
    claimed = WorkerJobs(table, most_of_tenant=2).claim(claim, now=NOW, lease_seconds=60)
    assert isinstance(claimed, Job)
    assert table.calls <= MOST_CALLS
