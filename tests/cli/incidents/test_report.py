"""What was played as a table and as JSON, and the table's place in the index of the runbooks."""

from contextlib import nullcontext
from pathlib import Path

import pytest

from cli.exits import CommandError
from cli.incidents import report
from cli.incidents.cloud import Compared
from cli.incidents.incident import Incident
from cli.incidents.player import Played

PLAYED = Played(
    incident=Incident(
        page="Fire",
        rings="kitchen-Fire",
        cause="`toaster`",
        tells=("smoke",),
        breaks=lambda _: nullcontext(),
    ),
    rang_after=3,
    page_says=2,
    commands=[
        Compared(page="Fire", line="smell", command="smell", printed="smoke", mismatch=""),
        Compared(page="Fire", line="look", command="look", printed="", mismatch="'look' printed nothing"),
    ],
    over_after=4,
)


def test_a_row_says_what_rang_when_and_how_many_commands_printed_what_the_page_says() -> None:
    row = report.table([PLAYED]).splitlines()[-1]
    assert row == "| [`kitchen-Fire`](Fire.md) | toaster | 3 min | 2 min | 1 of 2 | `smoke` | 4 min |"


def test_a_document_has_each_command_with_what_is_wrong_with_it() -> None:
    shown = report.document([PLAYED], ["kitchen-Fire: 'look' printed nothing"])
    assert shown["ok"] is False
    (incident,) = shown["incidents"]
    assert (incident["alarm"], incident["rang_after_minutes"], incident["ok_after_minutes"]) == (
        "kitchen-Fire",
        3,
        4,
    )
    assert [one["mismatch"] for one in incident["commands"]] == ["", "'look' printed nothing"]


def test_the_table_is_written_between_its_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "FOLDER", tmp_path)
    index = tmp_path / "README.md"
    index.write_text(f"before\n{report.BEGIN}old\n{report.END}after\n")
    report.write([PLAYED])
    text = index.read_text()
    assert text == f"before\n{report.BEGIN}\n{report.table([PLAYED])}\n\n{report.END}after\n"
    index.write_text("before\n")
    with pytest.raises(CommandError, match=r"README\.md lacks the lines"):
        report.write([PLAYED])
