"""`clipit logs` as somebody types it."""

import json

import pytest
from typer.testing import CliRunner

from cli.logs import command
from cli.main import app
from cli.stack_place import StackPlace
from cli.trace import logs as insights
from tests.cli.trace.story import PLACE, RENDER, Aws

RUNNER = CliRunner()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    aws = Aws()
    monkeypatch.setattr(command, "Calls", lambda *_: aws)
    monkeypatch.setattr(command, "session_of", lambda *_: (None, None))
    monkeypatch.setattr(StackPlace, "of", classmethod(lambda *_: PLACE))
    monkeypatch.setattr(insights.time, "sleep", lambda _: None)
    return aws


@pytest.mark.usefixtures("aws")
def test_the_lines_of_a_render_come_from_all_who_wrote_about_it() -> None:
    lines = RUNNER.invoke(app, ["logs", RENDER, "--stack", "dev"]).output.splitlines()
    assert {line.split()[2] for line in lines} == {"job_server", "render_agent", "sweeper", "notifier"}
    for line in lines:
        assert json.loads(line[line.index("{") :])["job"] == RENDER


def test_the_lines_of_an_instance_are_its_own(aws: Aws) -> None:
    said = [
        json.dumps({"at": 1.0, "event": "draining", "instance": name})
        for name in ("i-00000001", "i-00000002")
    ]
    at = "2026-01-02 03:04:05.678"
    aws.lines = tuple({"@timestamp": at, "@message": text} for text in (*said, "no JSON"))
    (line,) = RUNNER.invoke(app, ["logs", "i-00000001", "--stack", "dev"]).output.splitlines()
    assert "render_agent" in line


@pytest.mark.parametrize(
    ("subject", "said"),
    [("nothing", "is no id of a render"), ("i-0000000f", "hold no line about i-0000000f")],
)
def test_what_there_is_nothing_of_is_said(aws: Aws, subject: str, said: str) -> None:
    aws.lines = ()
    done = RUNNER.invoke(app, ["logs", subject, "--stack", "dev"])
    assert done.exit_code == 1
    assert said in done.output


def test_a_log_that_may_not_be_read_is_an_error_and_not_an_empty_answer(aws: Aws) -> None:
    aws.broken = frozenset({"StartQuery"})
    done = RUNNER.invoke(app, ["logs", RENDER, "--stack", "dev"])
    assert done.exit_code == 1
    assert "may not StartQuery" in done.output
