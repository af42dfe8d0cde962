"""`clipit simulate` as somebody types it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.decision import crowded
from cli.exits import CommandError, Exit
from cli.main import app
from cli.simulate import simulation
from cli.simulate.simulation import deployed
from handlers.scaler.codec import to_json
from handlers.scaler.decision import decide
from simulator.standard import LIMITS

RUNNER = CliRunner()


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
    assert told.output.strip() == "1 decisions replayed, 0 differences, 0 records skipped"
    log.write_text("nothing of ours\n")
    assert "has no decision" in RUNNER.invoke(app, ["simulate", "--replay", str(log)]).output


def test_a_log_that_cannot_be_read_is_told_in_words(tmp_path: Path) -> None:
    binary = tmp_path / "log"
    binary.write_bytes(b"\xff\xfe")
    for path, said in (
        (tmp_path, "cannot be read: Is a directory."),
        (tmp_path / "absent", "cannot be read: No such file or directory."),
        (binary, "is not text"),
    ):
        told = RUNNER.invoke(app, ["simulate", "--replay", str(path)])
        assert (told.exit_code, f"{path} {said}" in told.output) == (Exit.USAGE, True), told.output


@pytest.mark.parametrize("stack", ["local", "dev", "prod"])
def test_the_deployed_limits_of_each_stack_are_read(stack) -> None:
    assert deployed(stack, None).maximum >= 1
    with pytest.raises(CommandError, match="has no fleet 'none'"):
        deployed(stack, "none")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "config:\n  clip-it:renders: {}\n  clip-it:renders: {}\n",
            "Pulumi.dev.yaml: a key appears more than once, again on line 3",
        ),
        ("config: [", "Pulumi.dev.yaml is not YAML: line 1"),
        ("config: " + "[" * 5000, "Pulumi.dev.yaml is not YAML: it is nested too deeply"),
    ],
    ids=["twice", "no YAML", "deep"],
)
def test_limits_of_a_stack_file_that_would_be_misread_are_refused(
    tmp_path: Path, text: str, told: str
) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text(text)
    with pytest.raises(CommandError, match=told):
        deployed("dev", None, tmp_path)


def test_what_if_compares_the_deployed_limits_with_others() -> None:
    told = RUNNER.invoke(app, ["simulate", "poisson:per_hour=60,hours=1", "--what-if", "max=1", "--json"])
    now, other = json.loads(told.output)
    assert other["peak"] <= 1 <= now["peak"]
    assert RUNNER.invoke(app, ["simulate", "nonsense"]).exit_code == 2


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def played(*_: object, **__: object) -> None:
        raise AssertionError("it has started")

    monkeypatch.setattr(simulation, "compare_all", played)
    (tmp_path / "file").touch()
    told = RUNNER.invoke(app, ["simulate", "design", "--out", str(tmp_path / "file")])
    assert told.exit_code == 2
    assert "cannot be written" in told.stderr


def test_traces_are_told_in_the_order_they_were_named_whichever_is_the_longer(tmp_path: Path) -> None:
    named = ["poisson:per_hour=10,hours=1", "flash:per_hour=30,hours=1"]
    told = RUNNER.invoke(app, ["simulate", *named, "--json", "--out", str(tmp_path / "new")])
    assert [one["case"] for one in json.loads(told.stdout)] == [
        "poisson",
        "poisson + faults",
        "flash",
        "flash + faults",
    ]
    drawn = {path.name for path in (tmp_path / "new").glob("*.png")}
    assert drawn == {"scaling-tradeoff.png", "scaling-poisson.png", "scaling-flash.png"}
