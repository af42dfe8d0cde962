"""What `pulumi policy analyze` answers is read to the end: its findings, its warnings, its failures."""

import json
import subprocess
from pathlib import Path

import pytest

from cli.policy import state
from local.toolchain.pulumi_cli import Cli

END = json.dumps({"summaryEvent": {"PolicyPacks": {"clip-it": "1.0.0"}, "result": "succeeded"}})


def answered(stdout: str, stderr: str = "", code: int = 0) -> "subprocess.CompletedProcess[str]":
    return subprocess.CompletedProcess(args=[], returncode=code, stdout=stdout, stderr=stderr)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, object]:
    """An engine that answers what the test puts under `answer`, and keeps the environment it was given."""
    kept: dict[str, object] = {"answer": answered(END)}

    def run(_command: list[str], *, env: dict[str, str], **_options: object) -> object:
        kept["environment"] = env
        answer = kept["answer"]
        if isinstance(answer, Exception):
            raise answer
        return answer

    cli = Cli(executable=tmp_path / "pulumi", version="3.259.0", origin="path")
    monkeypatch.setattr(state, "installed", lambda: cli)
    monkeypatch.setattr(state.subprocess, "run", run)
    return kept


def test_what_the_engine_could_not_open_is_told(engine: dict[str, object], tmp_path: Path):
    engine["answer"] = answered(END, "warning: could not decrypt secrets\nprogress\n")
    assert state.analyze(tmp_path, tmp_path / "state.json", "dev").warnings == (
        "warning: could not decrypt secrets",
    )


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (answered("", "error: this stack's deployment is too old", 1), "too old"),
        (answered(END, "error: the pack broke", 1), "the pack broke"),
        (answered(""), "no summary"),
        (subprocess.TimeoutExpired("pulumi", 600), "longer than 600 s"),
    ],
)
def test_an_analysis_that_did_not_come_to_its_end_is_no_pass(
    engine: dict[str, object], tmp_path: Path, answer: object, complaint: str
):
    engine["answer"] = answer
    with pytest.raises(state.AnalyzeError, match=complaint):
        state.analyze(tmp_path, tmp_path / "state.json", "dev")


@pytest.mark.parametrize(
    ("given", "handed"),
    [
        ({}, {"PULUMI_CONFIG_PASSPHRASE": ""}),
        ({"PULUMI_CONFIG_PASSPHRASE": "<key>"}, {"PULUMI_CONFIG_PASSPHRASE": "<key>"}),
        ({"PULUMI_CONFIG_PASSPHRASE_FILE": "/f"}, {"PULUMI_CONFIG_PASSPHRASE_FILE": "/f"}),
    ],
)
def test_secrets_are_opened_with_the_passphrase_of_who_asks(
    engine: dict[str, object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    given: dict[str, str],
    handed: dict[str, str],
):
    for name in ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    state.analyze(tmp_path, tmp_path / "state.json", "dev")
    environment = engine["environment"]
    assert isinstance(environment, dict)
    assert {k: v for k, v in environment.items() if k.startswith("PULUMI_CONFIG_PASSPHRASE")} == handed
