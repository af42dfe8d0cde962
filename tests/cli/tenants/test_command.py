"""Limits of tenants on an emulated table."""

import json
from collections.abc import Callable, Iterator

import boto3
import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli.exits import Exit
from cli.main import app
from handlers.jobs.store.customers.tenant_limits import TenantLimits, limits_of
from handlers.jobs.store.table import connect
from tests.aws import REGION, emulated
from tests.job_table import create_table

TABLE = "clip-it-test-jobs"


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CLIPIT_TABLE", TABLE)
    with emulated(monkeypatch):
        create_table(boto3.client("dynamodb", REGION), TABLE)
        yield


@pytest.fixture
def clipit() -> Callable[..., Result]:
    return lambda *arguments: CliRunner().invoke(app, ["tenants", *arguments])


def test_what_is_set_is_shown_and_holds(clipit: Callable[..., Result]) -> None:
    clipit("set", "acme", "--queued", "500", "--rendering", "20", "--per-second", "5")
    shown = clipit("show", "acme")
    assert shown.stdout == "acme  queued 500  rendering 20  per-second 5\n"
    found = limits_of(connect(TABLE, REGION), "acme")
    assert found == TenantLimits(queued=500, rendering=20, per_second=5)


def test_what_is_not_named_stays(clipit: Callable[..., Result]) -> None:
    clipit("set", "acme", "--queued", "500")
    set_again = json.loads(clipit("set", "acme", "--rendering", "20", "--json").stdout)
    assert set_again == {"tenant": "acme", "queued": 500, "rendering": 20, "per_second": None}


def test_a_limit_of_a_test_space_leaves_its_others_a_part_of_its_tenants(
    clipit: Callable[..., Result],
) -> None:
    clipit("set", "acme", "--rendering", "20")
    set_once = json.loads(clipit("set", "test--acme", "--queued", "5", "--json").stdout)
    assert set_once == {"tenant": "test--acme", "queued": 5, "rendering": 5, "per_second": None}
    clipit("set", "acme", "--rendering", "40")
    shown = json.loads(clipit("show", "test--acme", "--json").stdout)
    assert shown == {"tenant": "test--acme", "queued": 5, "rendering": 10, "per_second": None}
    left = json.loads(clipit("reset", "test--acme", "--json").stdout)
    assert left == {"tenant": "test--acme", "queued": None, "rendering": 10, "per_second": None}


def test_tenants_with_limits_are_listed_until_they_are_reset(clipit: Callable[..., Result]) -> None:
    for name in ("zenith", "acme"):
        clipit("set", name, "--queued", "7")
    listed = clipit("list").stdout.splitlines()
    assert [line.split()[0] for line in listed] == ["acme", "zenith"]
    reset = clipit("reset", "acme")
    assert reset.stdout == "acme  queued as the stack  rendering as the stack  per-second as the stack\n"
    assert [json.loads(line)["tenant"] for line in clipit("list", "--json").stdout.splitlines()] == ["zenith"]
    clipit("reset", "zenith")
    assert (clipit("list").stdout, clipit("list").stderr) == ("", "no tenant has limits of its own\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["acme"],
        ["acme", "--queued", "0"],
        ["acme", "--per-second", "10001"],
        ["acme", "--rendering", "x"],
        ["Acme", "--queued", "1"],
    ],
)
def test_what_is_no_limit_changes_nothing(clipit: Callable[..., Result], arguments: list[str]) -> None:
    assert clipit("set", *arguments).exit_code == Exit.USAGE
    assert clipit("list").stdout == ""
