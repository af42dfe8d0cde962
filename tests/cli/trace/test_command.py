"""`clipit trace` as somebody types it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.stack_place import StackPlace, UnknownStackError
from cli.trace import command
from cli.trace.answers import Rejected
from cli.trace.facts import Facts
from cli.trace.posting import Poster
from tests.cli.trace.story import PLACE, RENDER, Aws, T, reading

RUNNER = CliRunner()


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., object]:
    """The command on the story; only where it is read from is another."""
    told = reading(Aws()).of(RENDER)

    class Told:
        def __init__(self, *, scanned: list[float], **_: object) -> None:
            self.scanned = scanned

        def of(self, render: str) -> Facts:
            assert render == RENDER
            self.scanned.append(told.scanned_bytes)
            return told

    monkeypatch.setattr(command, "Reading", Told)
    monkeypatch.setattr(command, "session_of", lambda *_: (None, None))
    monkeypatch.setattr(StackPlace, "of", classmethod(lambda *_: PLACE))
    return lambda *words: RUNNER.invoke(app, ["trace", RENDER, "--stack", "dev", *words])


def test_it_prints_the_timeline_and_the_figures(typed) -> None:
    done = typed()
    assert done.exit_code == 0
    assert "try 3 delivered" in done.output
    assert done.output.splitlines()[-5:][0] == "waited  100.0 s"
    assert done.output.splitlines()[-1] == "queries 2.500 MB of logs scanned"


def test_json_is_one_document_with_the_rows_and_the_calls(typed) -> None:
    found = json.loads(typed("--json").output)
    assert (found["render"], found["wait_s"], found["boot_s"]) == (RENDER, 100, 90)
    assert len(found["rows"]) > 30
    assert "logs:StartQuery" in found["calls"]
    assert found["scanned_bytes"] == 2_500_000


def test_files_are_written(typed, tmp_path: Path) -> None:
    done = typed("--html", str(tmp_path / "r.html"), "--otlp", str(tmp_path / "r.json"))
    assert done.exit_code == 0
    assert (tmp_path / "r.html").read_text().startswith("<!doctype html>")
    assert json.loads((tmp_path / "r.json").read_text())["resourceSpans"]


def test_nothing_is_read_when_there_is_no_receiver_to_post_to(typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    monkeypatch.setattr(command, "Reading", None)
    done = typed("--post")
    assert done.exit_code == 2
    assert "OTEL_EXPORTER_OTLP_ENDPOINT is missing" in done.output


@pytest.mark.parametrize(
    ("told", "code", "words"),
    [
        (None, 0, "spans to http://localhost:4318"),
        (Rejected(spans=0, why="use gzip"), 0, "; it warns: use gzip"),
        (Rejected(spans=2, why="too old"), 1, "http://localhost:4318 rejected 2 of "),
    ],
)
def test_posting_says_what_became_of_the_spans_and_leaves_the_json_alone(
    typed, monkeypatch: pytest.MonkeyPatch, told: Rejected | None, code: int, words: str
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318")
    monkeypatch.setattr(Poster, "post", lambda *_: told)
    done = typed("--post", "--json")
    assert (done.exit_code, words in done.stderr) == (code, True)
    assert json.loads(done.stdout)["render"] == RENDER


def test_nothing_is_posted_without_being_asked_for(typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318")
    monkeypatch.setattr(Poster, "post", None)
    assert typed().exit_code == 0


def test_following_a_render_that_has_ended_prints_each_row_once(typed) -> None:
    done = typed("--follow")
    assert done.exit_code == 0
    assert done.output.count("try 3 delivered") == 1


def test_following_prints_rows_and_no_json(typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "Reading", None)
    done = typed("--follow", "--json")
    assert done.exit_code == 2
    assert "--follow" in done.stderr
    assert "--json" in done.stderr
    assert done.stdout == ""


def test_following_goes_on_until_the_last_line_is_there_and_posts_then(
    typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = reading(Aws()).of(RENDER)
    early = tuple(line for line in told.lines if line.event not in {"attempt_ended", "webhook_delivered"})
    left = [replace(told, lines=early, read_at=T + 401), told]
    monkeypatch.setattr(command.Reading, "of", lambda *_: left.pop(0))
    monkeypatch.setattr(command.time, "sleep", lambda _: None)
    posted: list[Mapping[str, object]] = []
    monkeypatch.setattr(Poster, "post", lambda _, document: posted.append(document))
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318")
    done = typed("--follow", "--post")
    assert (done.exit_code, left) == (0, [])
    assert done.output.count("attempt_ended") == 1
    assert len(posted) == 1


def test_an_interrupted_command_says_what_its_looks_have_scanned(
    typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "settled", lambda _: False)
    waits = iter([False, True])

    def wait(_: float) -> None:
        if next(waits):
            raise KeyboardInterrupt

    monkeypatch.setattr(command.time, "sleep", wait)
    done = typed("--follow")
    assert done.exit_code == 130
    assert done.stdout.splitlines()[-1] == "queries 5.000 MB of logs scanned"
    assert "the render continues" in done.stderr


def test_a_stack_without_a_file_is_refused() -> None:
    with pytest.raises(UnknownStackError, match="nowhere"):
        StackPlace.of("nowhere")
    with pytest.raises(UnknownStackError, match="no fleet 'tpu'; there are cpu"):
        StackPlace.of("local").expect("tpu")
