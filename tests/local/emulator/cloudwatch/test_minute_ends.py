"""One address of the emulator ends a minute of CloudWatch, or skips some; others are those of services."""

from collections.abc import Iterable

import pytest

from local.emulator.cloudwatch import alarms, minute_ends
from local.emulator.cloudwatch.minutes import Minutes
from local.emulator.connection import MINUTE_PATH, SKIPPED
from local.emulator.faults import Application, Environ, StartResponse


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of CloudWatch at each judgment."""
    found: list[float] = []

    def tick(minutes: Minutes) -> None:
        found.append(minutes.now)

    monkeypatch.setattr(alarms, "tick", tick)
    monkeypatch.setattr(minute_ends.measuring, "measure", lambda _: None)
    return found


def services(_: Environ, __: StartResponse) -> Iterable[bytes]:
    return [b"services"]


def post(application: Application, path: str, query: str = "") -> list[str]:
    statuses: list[str] = []
    application({"PATH_INFO": path, "QUERY_STRING": query}, lambda status, _: statuses.append(status))
    return statuses


def test_skipped_minutes_pass_without_a_judgment(judged: list[float]) -> None:
    application = minute_ends.served(services)
    for _ in range(6):
        assert post(application, MINUTE_PATH) == ["200 OK"]
    assert post(application, MINUTE_PATH, f"{SKIPPED}=360") == ["200 OK"]
    post(application, MINUTE_PATH)
    assert judged == [60, 120, 180, 240, 300, 360, 360 + 360 * 60 + 60]


def test_every_other_address_is_that_of_a_service(judged: list[float]) -> None:
    assert post(minute_ends.served(services), "/queue") == []
    assert judged == []
