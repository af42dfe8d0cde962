"""`clipit scaler` as somebody types it."""

import json
from dataclasses import replace

import boto3
import pytest
from typer.testing import CliRunner

from benchmarks.decision import crowded
from cli.main import app
from handlers.jobs.store.table import Table
from handlers.scaler.decision import Snapshot, decide
from handlers.scaler.decision.estimate import Estimate
from handlers.scaler.decision.history import History
from handlers.scaler.decision.price import Lateness
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


def test_explain_says_of_a_lone_job_that_it_is_the_queue_and_counts_what_it_has_seen(table) -> None:
    history = replace(crowded(queued=1, instances=1).history, boot=Estimate(), lateness=Lateness())
    seen = Snapshot(taken_at=1e6, queued=1, oldest_s=1.0, desired=0, instances=(), history=history)
    TableStateStore(table, "cpu").write(State(), seen, decide(seen, LIMITS), "")
    told = RUNNER.invoke(app, ["scaler", "explain", "cpu"]).output
    assert "1 wanted for the queue" in told
    assert "none, nothing has started yet" in told
    assert "none, boot_s is believed" in told


def test_explain_gives_no_reason_to_wait_where_nothing_is_queued(table) -> None:
    seen = Snapshot(taken_at=1e6, queued=0, oldest_s=0.0, desired=0, instances=(), history=History())
    TableStateStore(table, "cpu").write(State(), seen, decide(seen, LIMITS), "")
    told = RUNNER.invoke(app, ["scaler", "explain", "cpu"]).output
    assert "wait reason             none, nothing is queued" in told
    assert "arrivals                none expected" in told
    assert "0.00 standby; no arrivals are expected" in told
