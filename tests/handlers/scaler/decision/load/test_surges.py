"""How much of a change in arrivals is believed."""

from dataclasses import replace

import pytest

from handlers.scaler.decision.load.arrivals import Histogram, added
from handlers.scaler.decision.load.surges import Surge, foresee

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


def test_a_rise_is_seen_within_twenty_seconds_and_believed_by_its_age() -> None:
    """It is seen in the last 20 s: over a boot of 100 s an eleventh of it is expected."""
    seen = foresee(arrivals(*RISE), Surge(), NOW, BOOT_S)
    assert seen.rate.seconds == pytest.approx(20, rel=0.2)
    assert seen.surge.since == NOW
    assert 0.3 < seen.surge.risen < 0.6
    risen = seen.surge.risen - seen.rate.usual
    assert seen.rate.per_s == pytest.approx(seen.rate.usual + risen / 11, rel=0.2)


def test_the_first_jobs_of_all_are_a_rise_over_nothing() -> None:
    """Twenty jobs within five seconds: no more are expected to follow than came."""
    seen: Histogram = ()
    for n in range(20):
        seen = added(seen, NOW - 5 + n / 4)
    assert foresee(seen, Surge(), NOW, BOOT_S).rate.per_s * BOOT_S <= 20


@pytest.mark.parametrize("lasting", [0.0, 0.5, 1.0])
def test_earlier_rises_count_for_more_the_more_there_were(lasting: float) -> None:
    few, many = (
        foresee(arrivals(*RISE), Surge(lasting=lasting, count=count), NOW, BOOT_S).rate for count in (1, 8)
    )
    goal = few.usual + lasting * (foresee(arrivals(*RISE), Surge(), NOW, BOOT_S).surge.risen - few.usual)
    assert abs(many.per_s - goal) < abs(few.per_s - goal)


def test_a_rise_that_is_older_than_a_boot_is_believed_by_its_age_whatever_earlier_ones_did() -> None:
    old = arrivals(*(NOW - 300 + 2 * n for n in range(150)))
    rate = foresee(old, Surge(lasting=0.0, count=50), NOW, BOOT_S).rate
    assert rate.seconds > BOOT_S
    assert rate.per_s > 0.4 * 0.5


@pytest.mark.parametrize(
    ("came", "lasting"),
    [(tuple(NOW - 100 + 2.5 * n for n in range(1, 41)), 1.0), ((), 0.0)],
    ids=["it went on", "it was over"],
)
def test_a_boot_later_it_has_shown_how_much_of_it_lasted(came: tuple[float, ...], lasting: float) -> None:
    begun = Surge(since=NOW - BOOT_S, usual=1 / 60, risen=0.4, lasting=0.5, count=8)
    seen = foresee(arrivals(*came), begun, NOW, BOOT_S)
    assert seen.surge.count == 9
    assert seen.surge.lasting == pytest.approx(0.5 + (lasting - 0.5) / 9, abs=0.01)


def test_where_rises_never_last_they_are_hardly_believed() -> None:
    surge = Surge()
    for _ in range(40):
        begun = replace(surge, since=NOW - BOOT_S, usual=1 / 60, risen=0.4)
        surge = foresee(arrivals(), begun, NOW, BOOT_S).surge
    assert surge.lasting < 0.05


def silent_for(seconds: float, *, jobs: int, every_s: float) -> Histogram:
    """So many jobs in a row, and then none."""
    seen: Histogram = ()
    for n in range(jobs, 0, -1):
        seen = added(seen, NOW - seconds - every_s * n)
    return seen


def test_after_a_fall_the_usual_rate_may_come_back_the_less_so_the_longer_it_has_lasted() -> None:
    """Five jobs a minute for an hour; after two boots of silence half of the fall is believed."""
    young, old = (
        foresee(silent_for(lasts, jobs=300, every_s=12), Surge(), NOW, BOOT_S).rate for lasts in (200, 1_000)
    )
    assert young.usual == old.usual == pytest.approx(1 / 12, rel=0.05)
    assert 0.3 * young.usual < young.per_s < 0.7 * young.usual
    assert 0 < old.per_s < 0.3 * old.usual
    assert 0 < old.variance < young.variance <= (young.usual / 2) ** 2


def test_a_batch_of_a_moment_ago_is_no_rate_that_comes_back() -> None:
    rate = foresee(silent_for(60, jobs=20, every_s=0.25), Surge(), NOW, BOOT_S).rate
    assert rate.per_s * BOOT_S <= 20
