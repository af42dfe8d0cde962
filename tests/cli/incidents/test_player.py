"""What an incident came to: a row of the table, and what a page promised in vain."""

from contextlib import nullcontext

import pytest

from cli.incidents.incident import Incident
from cli.incidents.pages import Page
from cli.incidents.player import Played, table
from cli.incidents.shell import Typed

INCIDENT = Incident(
    alarm="Fire", subject="kitchen", cause="`toaster`", tells=("smoke",), breaks=lambda _: nullcontext()
)
ROW = "| `toaster` | `smoke` | Unplug it |"


def played(*typed: Typed) -> Played:
    return Played(incident=INCIDENT, rang_after=3.4, within=7, commands=typed, over_after=2)


@pytest.fixture(autouse=True)
def page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Page, "read", lambda kind: Page(kind=kind, text=ROW))


def test_an_alarm_is_named_by_its_subject_and_its_kind() -> None:
    assert INCIDENT.alarm_name() == "kitchen-Fire"


def test_a_row_says_what_rang_when_and_by_what_the_cause_was_told() -> None:
    row = table([played(Typed(command="smell", code=0, printed="smoke"))]).splitlines()[-1]
    assert row == "| `Fire` | toaster | 3 min | 7 min | 1 | `smoke` | 2 min |"


@pytest.mark.parametrize(
    ("typed", "problems"),
    [
        (Typed(command="smell", code=0, printed="some smoke\n"), []),
        (Typed(command="metric smoke", code=0, printed="12:00 3.0\n"), []),
        (Typed(command="metric smoke", code=0, printed="\n"), ["no command printed 'smoke'"]),
        (Typed(command="smell", code=2, printed="smoke"), ["'smell' ended with 2: smoke"]),
    ],
    ids=["printed", "asked for and there", "asked for and not there", "failed"],
)
def test_what_a_page_promised_in_vain_is_a_problem(typed: Typed, problems: list[str]) -> None:
    assert played(typed).problems() == problems
