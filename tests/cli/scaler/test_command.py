"""`clipit scaler` and `clipit simulate` as somebody types them."""

import json
from dataclasses import replace
from pathlib import Path

import boto3
import pytest
from typer.testing import CliRunner

from benchmarks.decision import crowded
from benchmarks.look_calls import looks
from cli.main import app
from cli.simulate.simulation import deployed
from handlers.jobs.store.table import Table
from handlers.scaler.codec import to_json
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
        "breaker capacity  closed",
    ):
        assert part in told.output
    as_json = RUNNER.invoke(app, ["scaler", "explain", "cpu", "--json"])
    assert json.loads(as_json.output)[0]["queued"] == 5


def test_explain_says_what_is_missing(table, monkeypatch) -> None:
    never = RUNNER.invoke(app, ["scaler", "explain", "gpu"])
    assert never.exit_code == 1
    assert "no scaler has decided for a fleet 'gpu'" in never.output
    monkeypatch.setenv("CLIPIT_TABLE", "elsewhere")
    assert "the table elsewhere cannot be read" in RUNNER.invoke(app, ["scaler", "explain"]).output
    monkeypatch.delenv("CLIPIT_TABLE")
    assert "set CLIPIT_TABLE" in RUNNER.invoke(app, ["scaler", "explain"]).output


def test_bench_prints_time_and_the_calls_it_has_counted() -> None:
    told = RUNNER.invoke(app, ["scaler", "bench"])
    assert told.exit_code == 0
    four = "DescribeAutoScalingGroups 1, Query 2, GetQueueAttributes 1"
    assert f"look    5 AWS calls (allowed 5), first look of a copy: GetItem 1, {four}\n" in told.output
    assert f"look with overdue launches: {four}, DescribeScalingActivities 1\n" in told.output


def test_the_far_end_pages_as_dynamodb_does() -> None:
    """So many workers do not fit into one answer: the count is no constant."""
    counted = looks(replace(LIMITS, maximum=9_000), jobs=10, instances=5_000)
    assert counted["first look of a copy"]["Query"] > 2


def test_a_recorded_decision_is_taken_again(tmp_path) -> None:
    snapshot = crowded(queued=5, instances=9)
    record = {
        "message": "scaler_decided",
        "limits": to_json(LIMITS),
        "snapshot": to_json(snapshot),
        "decision": to_json(decide(snapshot, LIMITS)),
    }
    log = tmp_path / "decisions.jsonl"
    log.write_text(json.dumps(record))
    told = RUNNER.invoke(app, ["simulate", "--replay", str(log)])
    assert told.output.strip() == "1 decisions taken again, 0 differences, 0 records skipped"
    log.write_text("nothing of ours\n")
    assert "holds no decision" in RUNNER.invoke(app, ["simulate", "--replay", str(log)]).output


@pytest.mark.parametrize("stack", ["local", "dev", "prod"])
def test_the_deployed_limits_of_each_stack_are_read(stack) -> None:
    assert deployed(stack, None).maximum >= 1
    with pytest.raises(ValueError, match="has no fleet 'none'"):
        deployed(stack, "none")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "config:\n  clip-it:renders: {}\n  clip-it:renders: {}\n",
            "clip-it:renders is stated more than once, on lines 2 and 3",
        ),
        ("config: [", "Pulumi.dev.yaml: while parsing"),
        ("config: " + "[" * 5000, "Pulumi.dev.yaml: it is nested too deeply"),
    ],
    ids=["twice", "no YAML", "deep"],
)
def test_limits_of_a_stack_file_that_would_be_misread_are_refused(
    tmp_path: Path, text: str, told: str
) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text(text)
    with pytest.raises(ValueError, match=told):
        deployed("dev", None, tmp_path)


def test_what_if_compares_the_deployed_limits_with_others() -> None:
    told = RUNNER.invoke(app, ["simulate", "poisson:per_hour=60,hours=1", "--what-if", "max=1", "--json"])
    now, other = json.loads(told.output)
    assert other["peak"] <= 1 <= now["peak"]
    assert RUNNER.invoke(app, ["simulate", "nonsense"]).exit_code == 2
