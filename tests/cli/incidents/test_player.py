"""The player waits in minutes of the stack, compares what commands print, and says what a page broke."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace

import pytest

from cli.exits import CommandError
from cli.incidents.cloud import Cloud, Compared
from cli.incidents.incident import Incident
from cli.incidents.pages import Line, Page
from cli.incidents.played import Played
from cli.incidents.player import Player, untyped
from tests.cli.incidents.conftest import ALARM, FakeCloud

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


def compared(command: str) -> Compared:
    return Compared(page="Fire", line=command, command=command, printed="", mismatch="")


def played(*typed: Compared) -> Played:
    return Played(incident=INCIDENT, rang_after=3, page_says=2, commands=typed, over_after=2)


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {"Fire": TEXT, "Flood": TEXT, "README": LISTED}
    monkeypatch.setattr(Page, "read", lambda kind: Page(kind=kind, text=texts[kind]))


def play(cloud: FakeCloud) -> Played:
    (played,) = Player(cloud=cloud, say=lambda _: None).play([INCIDENT])
    return played


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
        Player(cloud=cloud(range(8, 20)), say=lambda _: None).play([replace(INCIDENT, breaks=fire)])
    assert mended == ["the fire is out"]


def test_alarms_of_one_break_are_played_at_once_and_each_is_diagnosed_by_its_function(
    page: None, cloud: Make
) -> None:
    two = [replace(INCIDENT, function="oven"), replace(INCIDENT, rings="cellar-Fire", function="boiler")]
    fake = replace(cloud(range(5, 6)), alarms=(ALARM, "clip-it-local-cellar-Fire"))
    played = Player(cloud=fake, say=lambda _: None).play(two)
    assert [(one.incident.rings, one.rang_after) for one in played] == [
        ("kitchen-Fire", 2),
        ("cellar-Fire", 2),
    ]
    assert fake.functions == ["oven", "oven", "boiler", "oven", "boiler"]
    assert fake.commands[:2] == ["aws cloudwatch describe-alarms"] * 2, "some ring for minutes only"
    assert [one.line for one in played[1].commands] == [
        "aws cloudwatch describe-alarms",
        "smell kitchen",
        "metric smoke",
        "state cellar-Fire",
        "look kitchen",
    ]


def test_an_incident_has_the_mending_commands_of_its_page_and_of_pages_that_no_alarm_of_the_break_has(
    page: None, cloud: Make
) -> None:
    @contextmanager
    def fire(cloud: Cloud) -> Iterator[None]:
        yield
        for kind in ("Fire", "Flood", "README", "Elsewhere"):
            cloud.type(kind, Line(text=f"mend as {kind}", prints=""))

    two = [replace(INCIDENT, breaks=fire), replace(INCIDENT, page="Flood", rings="cellar-Flood", breaks=fire)]
    fake = replace(cloud(range(5, 6)), alarms=(ALARM, "clip-it-local-cellar-Flood"))
    played = Player(cloud=fake, say=lambda _: None).play(two)
    mended = [[one.page for one in each.commands if one.line.startswith("mend")] for each in played]
    assert mended == [["Fire", "README", "Elsewhere"], ["Flood", "README", "Elsewhere"]]


def test_the_minutes_of_an_alarm_count_from_when_there_is_something_to_ring_about(
    page: None, cloud: Make
) -> None:
    fake = cloud(range(9, 10))
    late = replace(INCIDENT, shows=lambda cloud: cloud.minutes >= 7)
    (played,) = Player(cloud=fake, say=lambda _: None).play([late])
    assert played.rang_after == 3


def test_an_alarm_that_should_be_silent_and_rings_is_noted(page: None, cloud: Make) -> None:
    fake = replace(cloud(range(5, 6)), alarms=(ALARM, "clip-it-local-page"))
    watched = replace(INCIDENT, silent=("page", "other-page"))
    (played,) = Player(cloud=fake, say=lambda _: None).play([watched])
    assert played.rang_too == ["page"]


def test_hours_that_an_alarm_looks_back_are_skipped_once_it_is_mended(page: None, cloud: Make) -> None:
    fake = cloud(range(5, 6))
    mended: list[list[int]] = []

    @contextmanager
    def fire(_: Cloud) -> Iterator[None]:
        yield
        mended.append(list(fake.skipped))

    Player(cloud=fake, say=lambda _: None).play([replace(INCIDENT, breaks=fire, skips=360)])
    assert (mended, fake.skipped) == ([[]], [360])


def test_a_command_that_should_print_something_and_that_no_incident_types_is_a_problem(page: None) -> None:
    typed = [compared(line) for line in ("smell kitchen", "metric smoke", "look kitchen")]
    assert untyped([played(*typed)]) == ["Fire.md: no incident typed 'open window'"]
    assert untyped([played(*typed), played(compared("open window"))]) == []
