"""`clipit trace` as somebody types it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.stack_place import StackPlace, UnknownStackError
from cli.trace import command
from cli.trace.facts import Facts
from tests.cli.trace.story import PLACE, RENDER, Aws, reading

RUNNER = CliRunner()


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., object]:
    """The command on the story; only where it is read from is another."""
    told = reading(Aws()).of(RENDER)

    class Told:
        def __init__(self, **_: object) -> None:
            pass

        def of(self, render: str) -> Facts:
            assert render == RENDER
            return told

    monkeypatch.setattr(command, "Reading", Told)
    monkeypatch.setattr(command, "session_of", lambda *_: (None, None))
    monkeypatch.setattr(StackPlace, "of", classmethod(lambda *_: PLACE))
    return lambda *words: RUNNER.invoke(app, ["trace", RENDER, "--stack", "dev", *words])


def test_it_prints_the_timeline_and_the_figures(typed) -> None:
    done = typed()
    assert done.exit_code == 0
    assert "try 3 delivered" in done.output
    assert done.output.splitlines()[-4:][0] == "waited  100.0 s"


def test_json_is_one_document_with_the_rows_and_the_calls(typed) -> None:
    found = json.loads(typed("--json").output)
    assert (found["render"], found["wait_s"], found["boot_s"]) == (RENDER, 100, 90)
    assert len(found["rows"]) > 30
    assert "logs:StartQuery" in found["calls"]


def test_files_are_written(typed, tmp_path: Path) -> None:
    done = typed("--html", str(tmp_path / "r.html"), "--otlp", str(tmp_path / "r.json"))
    assert done.exit_code == 0
    assert (tmp_path / "r.html").read_text().startswith("<!doctype html>")
    assert json.loads((tmp_path / "r.json").read_text())["resourceSpans"]


def test_following_a_render_that_has_ended_prints_each_row_once(typed) -> None:
    done = typed("--follow")
    assert done.exit_code == 0
    assert done.output.count("try 3 delivered") == 1


def test_a_stack_without_a_file_is_refused() -> None:
    with pytest.raises(UnknownStackError, match="nowhere"):
        StackPlace.of("nowhere")
    with pytest.raises(UnknownStackError, match="no fleet 'tpu'; there are cpu"):
        StackPlace.of("local").fleet("tpu")
