"""Alarms are waited for in minutes of the stack: a slow machine has as many as a fast one."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from cli.exits import CommandError, Exit
from cli.incidents import cloud as module
from cli.incidents.cloud import Cloud
from cli.incidents.pages import Line
from cli.incidents.shell import Shell, Typed
from local.emulator.cloudwatch.minutes import NEAR
from tests.cli.incidents.conftest import FakeCloud

Make = Callable[[range], FakeCloud]


def test_what_happens_by_the_end_of_the_last_minute_is_in_time(cloud: Make) -> None:
    fake, looks = cloud(range(0)), list[int]()

    def ready() -> bool:
        looks.append(fake.minutes)
        fake.passed.append(0)
        return fake.minutes == 4

    fake.until("it happens", ready, minutes=3)
    assert looks == [0, 1, 2, 3]


def test_what_happens_later_is_late_however_little_time_has_passed(cloud: Make) -> None:
    fake = cloud(range(0))

    def ready() -> bool:
        fake.passed.append(0)
        return False

    with pytest.raises(CommandError, match="it happens: not within 3 minutes of the stack") as late:
        fake.until("it happens", ready, minutes=3)
    assert late.value.code is Exit.TOO_LATE
    assert fake.minutes == 4


def test_without_minutes_only_what_hangs_is_late(cloud: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = cloud(range(0))
    fake.passed.extend(range(1000))
    looks = iter([False] * 50 + [True])
    fake.until("it happens", lambda: next(looks))
    monkeypatch.setattr(module, "HANGS_S", 0.0)
    with pytest.raises(CommandError, match="it happens: not within 0 s"):
        fake.until("it happens", lambda: False)


@pytest.mark.parametrize(("behind", "waited"), [(None, NEAR + 1), (17, 4), (9, 0)])
def test_hours_are_skipped_once_what_was_measured_is_older_than_the_near_minutes(
    cloud: Make, monkeypatch: pytest.MonkeyPatch, behind: int | None, waited: int
) -> None:
    fake, skipped = cloud(range(0)), list[int]()
    fake.passed.extend(range(19))
    connection = SimpleNamespace(skip_minutes=skipped.append)
    monkeypatch.setattr(FakeCloud, "connection", connection)

    def until(_: object, __: str, ready: Callable[[], bool]) -> None:
        while not ready():
            fake.passed.append(0)

    monkeypatch.setattr(FakeCloud, "until", until)
    Cloud.skip(fake, 360, behind=behind)
    assert (skipped, fake.skipped, fake.minutes - 19) == ([360], [360], waited)


@pytest.mark.parametrize(
    ("values", "missed"),
    [([1.0] * 10 + [9.0] * 10, True), ([9.0] * 19, False), ([1.0] * 14 + [9.0] * 7, False)],
    ids=["half", "below the floor", "too few"],
)
def test_an_objective_is_missed_by_a_share_of_enough_values(values: list[float], missed: bool) -> None:
    assert module.misses(values, 5, 0.35) is missed


@pytest.mark.parametrize(
    ("text", "printed", "times", "right"),
    [
        ("insights group", ["", "3 crashed"], 2, True),
        ("insights group", ["3 crashed"], 1, True),
        ("insights group", [""], 2, False),
        ("clipit redrive --all", ["", "3 crashed"], 1, False),
    ],
    ids=["arrives late", "is there", "never comes", "changes something"],
)
def test_a_command_that_only_reads_is_repeated_until_its_line_has_arrived(
    cloud: Make,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    printed: list[str],
    times: int,
    right: bool,
) -> None:
    fake, asked = cloud(range(0)), list[str]()

    def answer(_: Shell, command: str, **__: float) -> Typed:
        asked.append(command)
        fake.passed.append(0)
        return Typed(command=command, code=0, printed=printed[min(len(asked), len(printed)) - 1])

    monkeypatch.setattr(Shell, "type", answer)
    monkeypatch.setattr(Cloud, "until", lambda *_: fake.passed.append(0))
    Cloud.type(fake, "Kitchen", Line(text=text, prints=r"\d+ \w+"))
    assert len(asked) == times
    assert (fake.typed[-1].mismatch == "") is right
