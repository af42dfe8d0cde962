"""How much of a rise in arrivals is believed."""

from dataclasses import replace

import pytest

from handlers.scaler.decision.history import History
from handlers.scaler.decision.surges import BELIEVED, Surge, foresee

QUIET = (0, 0, 0, 0, 0, 1) * 59
NOW = 10_000.0
BOOT_S = 100.0


def arrivals(*last: int) -> History:
    """An hour with one job a minute, then these counts per ten seconds; the last interval begins now."""
    return History(arrivals=(*QUIET, *last, 0), interval=NOW)


def test_a_steady_stream_is_no_rise() -> None:
    seen = foresee(arrivals(0, 0, 1), Surge(), NOW, BOOT_S)
    assert seen.surge == Surge()
    assert seen.rate.per_s == seen.rate.usual == pytest.approx(1 / 60, rel=0.1)


def test_a_rise_is_seen_within_twenty_seconds_and_believed_in_part() -> None:
    seen = foresee(arrivals(4, 4), Surge(), NOW, BOOT_S)
    assert seen.surge.since == NOW
    assert 0.2 < seen.surge.risen < 0.45
    assert seen.rate.per_s == pytest.approx(
        seen.rate.usual + BELIEVED * (seen.surge.risen - seen.rate.usual), rel=0.01
    )


@pytest.mark.parametrize(
    ("came", "lasting"), [((4,) * 10, 1.0), ((0,) * 10, 0.0)], ids=["it went on", "it was over"]
)
def test_a_boot_later_it_has_shown_how_much_of_it_lasted(came: tuple[int, ...], lasting: float) -> None:
    begun = Surge(since=NOW - BOOT_S, usual=1 / 60, risen=0.4, count=8)
    seen = foresee(arrivals(4, 4, *came), begun, NOW, BOOT_S)
    assert seen.surge.count == 9
    expected = BELIEVED + (lasting - BELIEVED) / 10
    assert seen.surge.lasting == pytest.approx(expected, abs=0.01)


def test_where_rises_never_last_they_are_hardly_believed() -> None:
    surge = Surge()
    for _ in range(40):
        begun = replace(surge, since=NOW - BOOT_S, usual=1 / 60, risen=0.4)
        surge = foresee(arrivals(*(0,) * 10), begun, NOW, BOOT_S).surge
    assert surge.lasting < 0.05
