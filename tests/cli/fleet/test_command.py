"""Whether a fleet can be removed, on an emulated table."""

import json
from collections.abc import Iterator

import boto3
import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli.exits import Exit
from cli.main import app
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.table import Table
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from tests.aws import REGION, emulated
from tests.handlers.conftest import START, a_job
from tests.job_table import create_table

TABLE = "clip-it-test-jobs"


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    with emulated(monkeypatch):
        create_table(boto3.client("dynamodb", REGION), TABLE)
        monkeypatch.setenv("CLIPIT_TABLE", TABLE)
        yield Table(boto3.client("dynamodb", REGION), TABLE)


def clipit(*words: str) -> Result:
    return CliRunner().invoke(app, ["fleet", "check-removal", *words])


def submitted(table: Table, fleet: str) -> str:
    job = a_job(now=START, fleet=fleet)
    CustomerJobs(table).submit(job, record=None, actor="api:acme", now=START)
    return job.id


def test_a_fleet_without_renders_can_be_removed(table: Table) -> None:
    submitted(table, "cpu")
    result = clipit("gpu")
    assert (result.exit_code, result.stdout) == (0, "gpu has no renders and can be removed\n")


def test_a_fleet_with_renders_is_refused_with_their_number(table: Table) -> None:
    first, _ = submitted(table, "gpu"), submitted(table, "gpu")
    WorkerHeartbeats(table).register("i-1", fleet="gpu", now=START)
    WorkerJobs(table).claim(Claim(job_id=first, attempt=1, instance_id="i-1"), now=START, lease_seconds=60)
    result = clipit("gpu", "--json")
    assert result.exit_code == Exit.REFUSED
    assert json.loads(result.stdout) == {"fleet": "gpu", "queued": 1, "rendering": 1}
    assert "wait until they have ended, or cancel them" in result.stderr
