"""`clipit scaler` as somebody types it."""

import json

import boto3
import pytest
from typer.testing import CliRunner

from benchmarks.decision import crowded
from cli.main import app
from handlers.jobs.store.table import Table
from handlers.scaler.decision import decide
from handlers.scaler.ports import State
from handlers.scaler.state_store import TableStateStore
from simulator.standard import LIMITS
from tests.aws import REGION, emulated

RUNNER = CliRunner()


@pytest.fixture
def table(monkeypatch):
    monkeypatch.setenv("CLIPIT_TABLE", "jobs")
    with emulated(monkeypatch):
        client = boto3.client("dynamodb", region_name=REGION)
        client.create_table(
            TableName="jobs",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
        )
        yield Table(client, "jobs")


def test_explain_shows_the_last_decision_with_its_numbers(table) -> None:
    snapshot = crowded(queued=5, instances=9)
    TableStateStore(table, "cpu").write(State(), snapshot, decide(snapshot, LIMITS), "")
    told = RUNNER.invoke(app, ["scaler", "explain", "cpu"])
    assert told.exit_code == 0
    for part in (
        "5 queued, 3 busy, 3 idle, 3 coming",
        "a boot takes            120 s",
        "price of a late start   240 s of an instance: wait_price x boot x 1.00",
        "pressure                +0.00: late starts raise it, punctual ones lower it",
        "that price buys ",
        "breaker capacity  closed",
    ):
        assert part in told.output
    as_json = RUNNER.invoke(app, ["scaler", "explain", "cpu", "--json"])
    assert json.loads(as_json.output)[0]["queued"] == 5


def test_explain_says_what_is_missing(table, monkeypatch) -> None:
    never = RUNNER.invoke(app, ["scaler", "explain", "gpu"])
    assert never.exit_code == 1
    assert "has no decision for a fleet 'gpu'" in never.output
    monkeypatch.setenv("CLIPIT_TABLE", "elsewhere")
    assert "ResourceNotFoundException" in RUNNER.invoke(app, ["scaler", "explain"]).output
    monkeypatch.delenv("CLIPIT_TABLE")
    assert "CLIPIT_TABLE is missing" in RUNNER.invoke(app, ["scaler", "explain"]).output
