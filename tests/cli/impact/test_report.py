"""The report of a preview: danger first, short enough for a comment, and no value of an input."""

import json
from pathlib import Path

import pytest

from cli.impact.preview import Action, Change, Preview, read
from cli.impact.report import Report, as_json, as_markdown, as_text

PREVIEWS = Path(__file__).with_name("previews")
QUEUE = "urn:pulumi:prod::clip-it::aws:sqs/queue:Queue::"


def recorded(name: str) -> Report:
    return Report.of(read((PREVIEWS / f"{name}.jsonl").read_text()))


def of(*changes: Change, complete: bool = True) -> Report:
    return Report.of(Preview(stack="prod", changes=changes, unchanged=1, complete=complete))


@pytest.mark.parametrize(
    ("name", "summary"),
    [
        ("rolled-fleet", "local: 0 danger, 1 rolls; 2 to update, 167 unchanged"),
        ("replaced-table", "local: 3 danger, 0 rolls; 3 to replace, 166 unchanged"),
    ],
)
def test_a_line_sums_the_preview_up(name: str, summary: str) -> None:
    assert as_text(recorded(name)).splitlines()[-1] == summary


def test_the_gravest_comes_first_in_each_form() -> None:
    found = recorded("removed-fleet")
    shown = [line.split(":")[0] for line in as_text(found).splitlines()[:-1]]
    assert shown == sorted(shown, key=["danger", "rolls", "routine"].index)
    assert [row["impact"] for row in json.loads(as_json(found))["changes"]] == shown
    markdown = as_markdown(found)
    assert markdown.index("Danger:") < markdown.index("Rolls:") < markdown.index("Routine")
    assert "| `cpu-queue-renders` | `aws:sqs/queue:Queue` | delete |  | its messages are gone |" in markdown


def test_a_long_list_loses_routine_first_and_says_how_many() -> None:
    danger = [Change(urn=f"{QUEUE}gone-{number}", action=Action.DELETE) for number in range(100)]
    routine = [Change(urn=f"{QUEUE}new-{number}", action=Action.CREATE) for number in range(5_000)]
    markdown = as_markdown(of(*routine, *danger))
    assert len(markdown) < 65_536
    assert markdown.count("| delete |") == 100
    left = 5_000 - markdown.count("| create |")
    assert left > 0
    assert f"{left} more are left out here" in markdown


def test_names_cannot_become_markup_or_call_somebody() -> None:
    markdown = as_markdown(of(Change(urn=f"{QUEUE}`|</details>@all\n# x", action=Action.DELETE)))
    (row,) = [line for line in markdown.splitlines() if "| delete |" in line]
    assert row.count("|") == 6
    assert row.startswith("| `'/</details>@all # x` |")
    assert "\n# x" not in markdown


def test_a_terminal_gets_no_control_characters() -> None:
    assert "\x1b" not in as_text(of(Change(urn=f"{QUEUE}\x1b[31m", action=Action.DELETE)))


def test_an_incomplete_preview_says_so_in_each_form() -> None:
    found = of(complete=False)
    assert "ended with an error" in as_text(found)
    assert "ended with an error" in as_markdown(found)
    assert json.loads(as_json(found))["complete"] is False


def test_values_of_inputs_are_not_shown() -> None:
    inputs = {"policy": "hunter2"}
    found = of(
        Change(urn=f"{QUEUE}one", action=Action.UPDATE, because=("policy",), before=inputs, after=inputs)
    )
    assert "hunter2" not in as_text(found) + as_json(found) + as_markdown(found)
