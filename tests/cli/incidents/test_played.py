"""What a page promised and did not keep; a cause is told by what only a broken stack prints."""

from contextlib import nullcontext
from dataclasses import replace

import pytest

from cli.incidents.cloud import Compared
from cli.incidents.healthy import Healthy
from cli.incidents.incident import Incident
from cli.incidents.pages import Page
from cli.incidents.played import Played

INCIDENT = Incident(
    page="Fire",
    rings="kitchen-Fire",
    function="oven",
    cause="`toaster`",
    tells=("smoke",),
    breaks=lambda _: nullcontext(),
)
TEXT = "| `toaster` | `smoke` | Unplug it |"
NOTHING = Healthy(printed={})


@pytest.fixture(autouse=True)
def page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Page, "read", lambda kind: Page(kind=kind, text=TEXT))


def compared(line: str, printed: str, mismatch: str = "", *, mending: bool = False) -> Compared:
    return Compared(
        page="Fire", line=line, command=line, printed=printed, mismatch=mismatch, diagnosing=not mending
    )


def played(*typed: Compared, incident: Incident = INCIDENT) -> Played:
    return Played(incident=incident, rang_after=3, page_says=2, commands=typed, over_after=2)


@pytest.mark.parametrize(
    ("typed", "problems"),
    [
        (compared("smell", "some smoke\n"), []),
        (compared("metric smoke", "12:00 3.0\n"), ["no diagnosing command printed 'smoke'"]),
        (compared("metric smoke", "\n"), ["no diagnosing command printed 'smoke'"]),
        (compared("smell", "smoke", "'smell' ended with 2"), ["'smell' ended with 2"]),
        (compared("open window", "smoke", mending=True), ["no diagnosing command printed 'smoke'"]),
    ],
    ids=["printed", "a word of the command alone", "nothing printed", "not what the page says", "mending"],
)
def test_what_a_page_promised_in_vain_is_a_problem(typed: Compared, problems: list[str]) -> None:
    assert played(typed).problems(NOTHING) == problems


@pytest.mark.parametrize(
    ("typed", "problems"),
    [
        (compared("smell", "212 degrees\n"), []),
        (
            compared("smell 212 degrees", "21 degrees\n"),
            ["no diagnosing command printed '\\\\b2\\\\d\\\\d degrees'"],
        ),
    ],
    ids=["printed", "in the command alone"],
)
def test_a_figure_by_which_a_cause_is_told_is_looked_for_in_what_is_printed(
    typed: Compared, problems: list[str]
) -> None:
    told = replace(INCIDENT, tells=(), figure=r"\b2\d\d degrees")
    assert played(typed, incident=told).problems(NOTHING) == problems


@pytest.mark.parametrize(("function", "told"), [("oven", False), ("boiler", True)])
def test_a_word_that_a_healthy_stack_prints_by_the_same_command_tells_nothing(
    function: str, told: bool
) -> None:
    healthy = Healthy(printed={("Fire", function, "smell"): "roses and smoke"})
    found = played(compared("smell", "smoke")).problems(healthy)
    assert found == ([] if told else ["'smell' prints 'smoke' on a healthy stack, too"])


def test_a_word_of_another_command_of_a_healthy_stack_tells_the_cause() -> None:
    healthy = Healthy(printed={("Fire", "oven", "look"): "smoke in the pipe"})
    assert played(compared("look", ""), compared("smell", "smoke")).problems(healthy) == []


def test_an_alarm_that_rang_although_it_should_be_silent_is_a_problem() -> None:
    rang = replace(played(compared("smell", "smoke")), rang_too=["page-api"])
    assert rang.problems(NOTHING) == ["page-api rang, too"]
