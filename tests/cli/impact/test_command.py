"""`clipit impact` as somebody types it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.exits import Exit
from cli.main import app

PREVIEWS = Path(__file__).with_name("previews")
TABLE = str(PREVIEWS / "replaced-table.jsonl")


def typed(*words: str) -> tuple[int, str]:
    shown = CliRunner().invoke(app, ["impact", *words])
    return shown.exit_code, shown.output


def test_it_prints_the_changes_and_writes_the_comment(tmp_path: Path) -> None:
    code, text = typed("--event-log", TABLE, "--markdown", str(tmp_path / "changes.md"))
    assert code == Exit.OK
    assert "danger: replace job-store (aws:dynamodb/table:Table): all jobs and API keys are gone" in text
    assert (tmp_path / "changes.md").read_text().startswith("## Changes: local")


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b'{"summaryEvent": 1}'])
def test_a_file_that_is_no_event_log_is_refused(content: bytes, tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    log.write_bytes(content)
    code, text = typed("--event-log", str(log))
    assert code == Exit.USAGE
    assert f"{log} is no event log of a whole run" in text


def test_an_incomplete_preview_fails_after_it_was_shown(tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    log.write_text((PREVIEWS / "rolled-fleet.jsonl").read_text().replace('"succeeded"', '"failed"'))
    code, text = typed("--event-log", str(log))
    assert code == Exit.FAILED
    assert "rolls: update cpu-fleet" in text
    assert "the preview ended with an error" in text


def test_a_missing_file_or_folder_is_a_usage_error(tmp_path: Path) -> None:
    assert typed("--event-log", str(tmp_path / "none"))[0] == Exit.USAGE
    assert typed("--event-log", TABLE, "--markdown", str(tmp_path / "no" / "file"))[0] == Exit.USAGE
