"""The player waits in minutes of the stack, compares what commands print, and says what a page broke."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace

import pytest

from cli.exits import CommandError
from cli.incidents import pages
from cli.incidents.cloud import Cloud, Compared
from cli.incidents.incident import Incident
from cli.incidents.pages import Page
from cli.incidents.player import Played, Player, untyped
from tests.cli.incidents.conftest import FakeCloud

INCIDENT = Incident(
    page="Fire",
    rings="kitchen-Fire",
    cause="`toaster`",
    tells=("smoke",),
    breaks=lambda _: nullcontext(),
)
ROW = "| `toaster` | `smoke` | Unplug it |"
TEXT = f"""Rings when `A` `B`, sum over 60 s, is greater than 0 (fires) in 2 of 2 periods; no data is good.

## Diagnosis

```bash
smell kitchen  # prints smoke
call brigade  # not played: they would come
```

## Mitigation

{ROW}

```bash
metric smoke  # prints \\d
open window  # prints nothing
```

## When it is over

```bash
look kitchen  # prints tidy
```
"""
LISTED = "```bash\naws cloudwatch describe-alarms  # prints clip-it-\n```\n"
Make = Callable[[range], FakeCloud]


def compared(command: str, printed: str, mismatch: str = "") -> Compared:
    return Compared(page="Fire", line=command, command=command, printed=printed, mismatch=mismatch)


def played(*typed: Compared) -> Played:
    return Played(incident=INCIDENT, rang_after=3, page_says=2, commands=typed, over_after=2)


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {"Fire": TEXT, "README": LISTED}
    monkeypatch.setattr(Page, "read", lambda kind: Page(kind=kind, text=texts[kind]))
    monkeypatch.setattr(pages, "shell", lambda *_: "true")


@pytest.mark.parametrize(
    ("typed", "problems"),
    [
        (compared("smell", "some smoke\n"), []),
        (compared("metric smoke", "12:00 3.0\n"), ["no command printed 'smoke'"]),
        (compared("metric smoke", "\n"), ["no command printed 'smoke'"]),
        (compared("smell", "smoke", "'smell' ended with 2"), ["'smell' ended with 2"]),
    ],
    ids=["printed", "a word of the command alone", "nothing printed", "other than the page says"],
)
def test_what_a_page_promised_in_vain_is_a_problem(page: None, typed: Compared, problems: list[str]) -> None:
    assert played(typed).problems() == problems


@pytest.mark.parametrize(
    ("typed", "problems"),
    [
        (compared("smell", "smoke\n212 degrees\n"), []),
        (
            compared("smell 212 degrees", "smoke\n21 degrees\n"),
            ["no command printed '\\\\b2\\\\d\\\\d degrees'"],
        ),
    ],
    ids=["printed", "in the command alone"],
)
def test_a_figure_by_which_a_cause_is_told_is_looked_for_in_what_is_printed(
    page: None, typed: Compared, problems: list[str]
) -> None:
    told = replace(INCIDENT, figure=r"\b2\d\d degrees")
    assert replace(played(typed), incident=told).problems() == problems


def play(cloud: FakeCloud) -> Played:
    return Player(cloud=cloud, say=lambda _: None).play(INCIDENT)


def test_an_alarm_that_rings_within_its_periods_and_ends_is_played_by_its_page(
    page: None, cloud: Make
) -> None:
    # Minute 1 is looked at before the break, and one minute passes with each look.
    fake = cloud(range(5, 6))
    done = play(fake)
    assert (done.rang_after, done.page_says) == (3, 2)
    assert done.over_after >= 1
    assert fake.commands == [
        "aws cloudwatch describe-alarms",
        "smell kitchen",
        "metric smoke",
        "state kitchen-Fire",
        "look kitchen",
    ]


def test_an_alarm_that_rings_later_than_its_page_says_is_late_by_minutes_of_the_stack(
    page: None, cloud: Make
) -> None:
    with pytest.raises(CommandError, match="rings and tells its topic: not within 4 minutes of the stack"):
        play(cloud(range(8, 20)))


def test_what_was_broken_is_mended_although_the_alarm_did_not_ring(page: None, cloud: Make) -> None:
    mended: list[str] = []

    @contextmanager
    def fire(_: Cloud) -> Iterator[None]:
        yield
        mended.append("the fire is out")

    with pytest.raises(CommandError, match="rings and tells its topic"):
        Player(cloud=cloud(range(8, 20)), say=lambda _: None).play(replace(INCIDENT, breaks=fire))
    assert mended == ["the fire is out"]


def test_an_alarm_that_rings_on_a_calm_day_is_an_error(page: None, cloud: Make) -> None:
    Player(cloud=cloud(range(0)), say=lambda _: None).calm()
    with pytest.raises(CommandError, match="on a calm day these alarms rang: clip-it-local-kitchen-Fire"):
        Player(cloud=cloud(range(2, 3)), say=lambda _: None).calm()


def test_a_command_that_should_print_something_and_that_no_incident_types_is_a_problem(page: None) -> None:
    typed = [compared(line, "") for line in ("smell kitchen", "metric smoke", "look kitchen")]
    assert untyped([played(*typed)]) == ["Fire.md: no incident typed 'open window'"]
    assert untyped([played(*typed), played(compared("open window", ""))]) == []
