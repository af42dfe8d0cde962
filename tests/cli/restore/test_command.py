"""`clipit restore` on an emulated table, whose copy has the items of the moment at which it was made."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli.exits import Exit
from cli.main import app
from cli.restore import tables
from cli.restore.tables import ACTIONS, Found, Tables
from handlers.jobs.model import Job
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.key_admin import ApiKeyAdmin
from handlers.jobs.store.table import PRESENT, Put, Table, Update
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from tests.aws import REGION, emulated
from tests.cli import pulumi
from tests.handlers.conftest import a_job
from tests.job_table import create_table

NAME = "clip-it-dev-jobs"
AT = "2026-11-30T09:15:00Z"


class Cloud:
    """A table with three jobs, one worker and one API key."""

    def __init__(self) -> None:
        self.client = boto3.client("dynamodb", REGION)
        create_table(self.client, NAME)
        self.table = Table(self.client, NAME)
        self.now = round(time.time(), 3)
        self.jobs = [self.submit() for _ in range(3)]
        WorkerHeartbeats(self.table).register("i-1", fleet="cpu", now=self.now)
        ApiKeyAdmin(self.table).create("acme", now=self.now)

    def submit(self) -> Job:
        job = a_job(now=self.now)
        CustomerJobs(self.table).submit(job, record=None, actor="api:acme", now=self.now)
        return job

    def delete(self, *places: keys.Key) -> None:
        for place in places:
            assert self.table.delete(place, PRESENT)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Cloud]:
    pulumi.installed(tmp_path, monkeypatch).exports({"table_name": NAME})
    with emulated(monkeypatch):
        yield Cloud()


def restore(*words: str, answer: str = "") -> Result:
    return CliRunner().invoke(app, ["restore", words[0], "--stack", "dev", *words[1:]], input=answer)


@pytest.fixture
def copied(cloud: Cloud) -> Cloud:
    """The copy is made, and then a script deletes one job and breaks another, while a third goes on."""
    assert restore("create", "--at", AT).exit_code == Exit.OK
    gone, broken, going_on = cloud.jobs
    cloud.delete(keys.job(gone.id), keys.event(gone.id, 1))
    cloud.table.update(Update(key=keys.job(broken.id), changes={"tenant": "nobody", "webhook_url": None}))
    claim = Claim(job_id=going_on.id, attempt=1, instance_id="i-1")
    WorkerJobs(cloud.table).claim(claim, now=cloud.now + 1, lease_seconds=60)
    return cloud


def test_a_comparison_counts_by_kind_and_changes_nothing(copied: Cloud) -> None:
    before = copied.client.scan(TableName=NAME)["Items"]
    result = restore("compare", "--json")
    assert result.exit_code == Exit.DRIFTED, result.output
    assert json.loads(result.stdout)["kinds"] == {
        "EVENT": {"missing": 1, "same": 2},
        "JOB": {"damaged": 1, "missing": 1, "newer in the table": 1},
        "KEY": {"same": 1},
        "WORKER": {"transient": 1},
    }
    assert copied.client.scan(TableName=NAME)["Items"] == before


def test_what_is_gone_or_damaged_comes_back_and_what_went_on_stays(copied: Cloud) -> None:
    result = restore("apply", "--yes", "--json")
    assert result.exit_code == Exit.OK, result.output
    assert json.loads(result.stdout)["copied_back"] == 3
    jobs = CustomerJobs(copied.table)
    gone, broken, going_on = copied.jobs
    assert jobs.get(gone.id) == gone
    assert jobs.get(broken.id) == broken
    found = jobs.get(going_on.id)
    assert found is not None
    assert found.state is JobState.RENDERING

    again = restore("compare")
    assert again.exit_code == Exit.OK, again.output
    assert "1 newer in the table" in again.stdout


def test_a_render_that_its_customer_has_deleted_since_does_not_come_back(copied: Cloud) -> None:
    gone, broken, _ = copied.jobs
    deletion = keys.deletion(gone.id)
    item = {"pk": deletion.pk, "sk": deletion.sk, "entity": "DELETION", "deleted_at": copied.now}
    copied.table.put(Put(item=item))
    result = restore("apply", "--yes", "--json")
    assert result.exit_code == Exit.OK, result.output
    assert json.loads(result.stdout)["kinds"]["JOB"]["deleted by its customer"] == 1
    jobs = CustomerJobs(copied.table)
    assert jobs.get(gone.id) is None
    assert jobs.get(broken.id) == broken
    assert restore("compare").exit_code == Exit.OK, "it is not missing"


def test_an_item_that_changes_while_it_is_compared_is_not_overwritten(
    copied: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Tables.copy_back

    def late(self: Tables, one: Found) -> bool:
        # A customer cancels the broken job, and somebody else has already put back what was gone.
        if one.table is None:
            copied.client.put_item(TableName=NAME, Item=dict(one.copy) | {"by": {"S": "somebody"}})
        else:
            changes = {"event_count": 2, "updated_at": copied.now + 9}
            copied.table.update(Update(key=one.pair.key, changes=changes))
        return real(self, one)

    monkeypatch.setattr(Tables, "copy_back", late)
    result = restore("apply", "--yes", "--json")
    assert result.exit_code == Exit.OK, result.output
    assert (json.loads(result.stdout)["copied_back"], json.loads(result.stdout)["overtaken"]) == (0, 3)


def test_an_interrupted_run_says_where_to_go_on_and_goes_on_there(
    copied: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "PAGE", 2)
    real, left = Tables.page, [1]

    def breaks(self: Tables, after: keys.Key | None) -> tables.Page:
        if not left:
            raise KeyboardInterrupt
        left.pop()
        return real(self, after)

    monkeypatch.setattr(Tables, "page", breaks)
    result = restore("apply", "--yes")
    assert result.exit_code != Exit.OK
    assert "2 items compared" in result.stderr
    place = result.stderr.rpartition("--after ")[2].splitlines()[0].strip("'")
    monkeypatch.setattr(Tables, "page", real)
    result = restore("apply", "--yes", "--json", "--after", place)
    assert result.exit_code == Exit.OK, result.output
    assert json.loads(result.stdout)["items"] == len(copied.jobs) * 2 + 2 - 2
    assert restore("compare").exit_code == Exit.OK


def test_without_a_yes_nothing_is_written(copied: Cloud) -> None:
    assert restore("apply", answer="n\n").exit_code == Exit.FAILED
    assert restore("compare").exit_code == Exit.DRIFTED


def test_there_is_one_copy_at_a_time_and_it_can_be_deleted(cloud: Cloud) -> None:
    assert "is not there" in restore("compare").stderr
    assert restore("create", "--at", AT).exit_code == Exit.OK
    assert restore("create", "--at", AT).exit_code == Exit.OK
    assert "is being deleted" in restore("delete").stdout
    assert "there is no" in restore("delete").stdout
    assert cloud.client.list_tables()["TableNames"] == [NAME]


def test_a_key_that_is_none_is_refused(copied: Cloud) -> None:
    assert restore("compare", "--after", "nonsense").exit_code == Exit.USAGE


@pytest.mark.parametrize("at", ["yesterday", "2026-11-30T09:15:00"])
def test_a_time_without_its_zone_is_refused(cloud: Cloud, at: str) -> None:
    result = restore("create", "--at", at)
    assert result.exit_code == Exit.USAGE
    assert "2026-11-30T09:15:00Z" in result.stderr


def test_the_page_of_the_drill_names_every_permission_that_the_commands_need() -> None:
    page = (Path(__file__).parents[3] / "docs" / "operations" / "restore.md").read_text()
    assert sorted(action for action in ACTIONS if f"`{action}`" not in page) == []
