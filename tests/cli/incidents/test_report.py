"""What was played as a table and as JSON, and the table's place in the index of the runbooks."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from cli.exits import CommandError
from cli.incidents import report
from cli.incidents.cloud import Compared
from cli.incidents.incident import Incident
from cli.incidents.played import Played

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


def test_a_row_shows_the_pattern_of_a_figure_by_which_the_cause_was_told() -> None:
    told = replace(PLAYED.incident, tells=(), figure=r"2\d\d degrees")
    assert r"| `2\d\d degrees` |" in report.table([replace(PLAYED, incident=told)])


def test_a_row_says_how_many_minutes_were_skipped() -> None:
    slow = replace(PLAYED, incident=replace(PLAYED.incident, skips=360), over_after=371)
    assert report.table([slow]).endswith("| 371 min, 360 of them skipped |")


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


def test_the_rows_of_what_was_played_are_written_between_the_marks_and_others_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "FOLDER", tmp_path)
    others = [replace(PLAYED.incident, rings=name) for name in ("cellar-Fire", "roof-Fire")]
    monkeypatch.setattr(report, "INCIDENTS", (others[0], PLAYED.incident, others[1]))
    index = tmp_path / "README.md"
    kept = "| [`cellar-Fire`](Fire.md) | kept |"
    old = f"| [`kitchen-Fire`](Fire.md) | old |\n{kept}\n| [`gone-Fire`](Fire.md) |"
    index.write_text(f"before\n{report.BEGIN}{old}\n{report.END}after\n")
    report.write([PLAYED])
    head, row = report.table([]), report.table([PLAYED]).splitlines()[-1]
    assert index.read_text() == f"before\n{report.BEGIN}\n{head}\n{kept}\n{row}\n\n{report.END}after\n"


def test_an_index_without_a_place_for_the_table_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "FOLDER", tmp_path)
    (tmp_path / "README.md").write_text("before\n")
    with pytest.raises(CommandError, match=r"README\.md lacks the lines"):
        report.write([PLAYED])
