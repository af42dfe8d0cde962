"""A calm day rings nothing although everything could ring, and shows what commands print when all is well."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from types import SimpleNamespace

import pytest

from cli.incidents import calm, volume
from cli.incidents.calm import NIGHT_MINUTES
from cli.incidents.healthy import Healthy, look
from cli.incidents.pages import Page
from cli.incidents.shell import Shell, Typed
from tests.cli.incidents.conftest import FakeCloud
from tests.cli.incidents.test_played import INCIDENT

Make = Callable[[range], FakeCloud]


@dataclass(frozen=True, kw_only=True)
class PassingCloud(FakeCloud):
    """A cloud in which a minute passes whenever somebody waits."""

    def until(self, what: str, ready: Callable[[], bool], minutes: int | None = None) -> None:
        while not ready():
            self.passed.append(self.minutes)


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch, cloud: Make) -> Callable[[range], PassingCloud]:
    monkeypatch.setattr(calm, "traffic", lambda _: None)
    monkeypatch.setattr(calm, "rendered", lambda *_, **__: "r_1")
    monkeypatch.setattr(calm, "look", lambda *_: Healthy(printed={}))
    monkeypatch.setattr(volume, "lacking", lambda *_: [])

    def make(rings_in: range) -> PassingCloud:
        known = cloud(rings_in)
        return PassingCloud(**{name: getattr(known, name) for name in known.__dataclass_fields__})

    return make


def test_a_day_on_which_nothing_rings_is_calm_and_a_night_follows(
    day: Callable[[range], PassingCloud],
) -> None:
    cloud = day(range(0))
    assert calm.passed(cloud, [INCIDENT]).problems == []
    assert cloud.minutes >= calm.MINUTES
    assert cloud.skipped == [NIGHT_MINUTES]


def test_what_rings_on_a_calm_day_is_a_problem(day: Callable[[range], PassingCloud]) -> None:
    problems = calm.passed(day(range(calm.MINUTES + 1, 99)), [INCIDENT]).problems
    assert problems == ["clip-it-local-kitchen-Fire rang on a calm day"]


def test_a_render_that_waits_for_a_boot_may_ring_before_the_day(
    day: Callable[[range], PassingCloud], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow machine boots for more than the minute after which a waiting render rings."""
    cloud, warm = day(range(1, 4)), list[tuple[int, int]]()

    def rendered(cloud: PassingCloud, *, count: int) -> None:
        warm.append((count, cloud.minutes))
        cloud.passed.extend(range(3))

    monkeypatch.setattr(calm, "rendered", rendered)
    assert calm.passed(cloud, [INCIDENT]).problems == []
    assert warm == [(1, 0)]


def test_one_render_follows_the_other_so_that_none_waits_for_another_instance(
    cloud: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, most = list[str](), list[int]()
    receiver = SimpleNamespace(url="http://127.0.0.1:1/hook", deliveries=[])
    monkeypatch.setattr(calm, "Receiver", lambda: nullcontext(receiver))

    def submit(*_: object, **__: object) -> str:
        there.append(f"r_{len(receiver.deliveries) + 1}")
        most.append(len(there))
        return there[-1]

    def until(_: object, __: str, ready: Callable[[], bool]) -> None:
        while not ready():
            receiver.deliveries.append(there.pop())

    monkeypatch.setattr(FakeCloud, "submit", submit)
    monkeypatch.setattr(FakeCloud, "until", until)
    assert calm.rendered(cloud(range(0)), count=3) == "r_3"
    assert most == [1, 1, 1]


def test_a_day_on_which_an_alarm_could_not_ring_is_a_problem(
    day: Callable[[range], PassingCloud], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(volume, "lacking", lambda *_: ["burning judges from 20 events on, and there were 3"])
    problems = calm.passed(day(range(0)), [INCIDENT]).problems
    assert problems == ["calm day: burning judges from 20 events on, and there were 3"]


def test_each_command_of_a_page_is_typed_once_for_each_function(
    cloud: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "## Diagnosis\n\n```bash\nsmell <room>  # prints smoke\nring  # not played: no\n```\n"
    monkeypatch.setattr(Page, "read", lambda kind: Page(kind=kind, text=text))
    monkeypatch.setattr(
        Shell, "type", lambda _, command, **__: Typed(command=command, code=1, printed=f"{command}: roses")
    )
    fake = cloud(range(0))
    fake.known["room"] = "kitchen"
    incidents = [INCIDENT, replace(INCIDENT, rings="cellar-Fire"), replace(INCIDENT, function="boiler")]
    found = look(fake, incidents)
    assert fake.functions == ["oven", "boiler"]
    assert found.prints(INCIDENT, "smell <room>") == "smell kitchen: roses"
    assert found.prints(INCIDENT, "ring") == ""
