"""How much of a rise in arrivals is believed."""

from dataclasses import replace

import pytest

from handlers.scaler.decision.load.arrivals import Histogram, added
from handlers.scaler.decision.load.surges import BELIEVED, Surge, foresee

NOW = 10_000.0
BOOT_S = 100.0


def arrivals(*lately: float) -> Histogram:
    """A job a minute for an hour, and then these."""
    seen: Histogram = ()
    for time in (*(NOW - 120 - 60 * n for n in range(60, 0, -1)), *lately):
        seen = added(seen, time)
    return seen


RISE = tuple(NOW - 20 + 2 * n for n in range(10))


def test_a_steady_stream_is_no_rise() -> None:
    seen = foresee(arrivals(NOW - 120, NOW - 60), Surge(), NOW, BOOT_S)
    assert seen.surge == Surge()
    assert seen.rate.per_s == pytest.approx(1 / 60, rel=0.1)


def test_a_rise_is_seen_within_twenty_seconds_and_believed_in_part() -> None:
    seen = foresee(arrivals(*RISE), Surge(), NOW, BOOT_S)
    assert seen.surge.since == NOW
    assert 0.3 < seen.surge.risen < 0.6
    assert seen.rate.per_s == pytest.approx(
        seen.rate.usual + BELIEVED * (seen.surge.risen - seen.rate.usual), rel=0.01
    )


@pytest.mark.parametrize(
    ("came", "lasting"),
    [(tuple(NOW - 100 + 2.5 * n for n in range(1, 41)), 1.0), ((), 0.0)],
    ids=["it went on", "it was over"],
)
def test_a_boot_later_it_has_shown_how_much_of_it_lasted(came: tuple[float, ...], lasting: float) -> None:
    begun = Surge(since=NOW - BOOT_S, usual=1 / 60, risen=0.4, count=8)
    seen = foresee(arrivals(*came), begun, NOW, BOOT_S)
    assert seen.surge.count == 9
    assert seen.surge.lasting == pytest.approx(BELIEVED + (lasting - BELIEVED) / 10, abs=0.01)


def test_where_rises_never_last_they_are_hardly_believed() -> None:
    surge = Surge()
    for _ in range(40):
        begun = replace(surge, since=NOW - BOOT_S, usual=1 / 60, risen=0.4)
        surge = foresee(arrivals(), begun, NOW, BOOT_S).surge
    assert surge.lasting < 0.05
