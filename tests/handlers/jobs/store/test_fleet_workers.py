"""The scaler's side of the table: who works in a fleet, and who may be taken out of service."""

import pytest

from handlers.jobs.answers import DrainAnswer
from handlers.jobs.store import keys
from handlers.jobs.store.fleet_workers import FleetWorkers
from handlers.jobs.store.table import PRESENT
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs


@pytest.fixture
def busy(table, new_job, new_worker, clock) -> str:
    """A worker with a job in hand."""
    new_worker("i-1")
    claim = Claim(job_id=new_job().id, attempt=1, instance_id="i-1")
    WorkerJobs(table).claim(claim, now=clock(), lease_seconds=60)
    return "i-1"


def test_an_idle_worker_can_be_drained_once_and_a_busy_one_never(table, busy: str, new_worker) -> None:
    workers = FleetWorkers(table)
    new_worker("i-2")
    assert workers.mark_draining("i-2") is DrainAnswer.MARKED
    assert workers.mark_draining("i-2") is DrainAnswer.ALREADY_DRAINING
    assert workers.mark_draining(busy) is DrainAnswer.BUSY
    assert workers.mark_draining("i-3") is DrainAnswer.UNKNOWN


def test_a_worker_that_drains_itself_while_it_renders_is_still_busy(table, busy: str) -> None:
    WorkerHeartbeats(table).start_draining(busy)
    assert FleetWorkers(table).mark_draining(busy) is DrainAnswer.BUSY


def test_workers_are_listed_until_their_records_are_gone(table, new_worker) -> None:
    new_worker("i-1")
    new_worker("i-2")
    workers = FleetWorkers(table)
    assert {worker.instance_id for worker in workers.of_fleet("cpu")} == {"i-1", "i-2"}
    assert table.delete(keys.worker("i-2"), PRESENT)
    assert [worker.instance_id for worker in workers.of_fleet("cpu")] == ["i-1"]
