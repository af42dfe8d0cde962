"""What the instants of arrivals say about the next ones."""

from random import Random

import pytest

from handlers.scaler.decision.load.arrivals import LONGEST, Histogram, added, not_after, rate


def seen_at(*times: float) -> Histogram:
    seen: Histogram = ()
    for time in times:
        seen = added(seen, time)
    return seen


@pytest.mark.parametrize("jobs", [1, 10, 1_000])
def test_jobs_of_one_instant_are_no_stream(jobs: int) -> None:
    assert rate(seen_at(*(500.2 for _ in range(jobs))), 501.0, 15).per_s == 0


@pytest.mark.parametrize("per_s", [1 / 7_200, 1 / 60, 0.5, 5.0])
def test_a_steady_stream_of_any_rate_is_known_to_a_quarter(per_s: float) -> None:
    chance, time, seen = Random(4), 0.0, seen_at()  # noqa: S311
    for _ in range(2_000):
        time += chance.expovariate(per_s)
        seen = added(seen, time)
    assert rate(seen, time, 15).per_s == pytest.approx(per_s, rel=0.25)


def test_a_batch_an_hour_is_one_instant_an_hour() -> None:
    seen = seen_at(*(3_600.0 * n + 0.01 * k for n in range(20) for k in range(15)))
    assert rate(seen, 3_600 * 19.5, 15).per_s == pytest.approx(15 / 3_600, rel=0.1)


def test_a_change_is_followed_and_what_was_usual_is_remembered() -> None:
    quiet = [60.0 * n for n in range(60)]
    found = rate(seen_at(*quiet, *(3_600 + 1.0 * n for n in range(40))), 3_640, 15)
    assert found.per_s == pytest.approx(1.0, rel=0.2)
    assert found.usual == pytest.approx(1 / 60, rel=0.2)


def test_the_histogram_stays_small_and_forgets_no_recent_job() -> None:
    seen = seen_at(*(float(2 * n) for n in range(5_000)))
    assert len(seen) <= LONGEST
    assert sum(one.jobs for one in seen) > 1_500


def test_a_clock_that_steps_back_keeps_the_rate() -> None:
    """Half an hour of arrivals that now lie in the future are no half an hour within one second."""
    seen = not_after(seen_at(*(60.0 * n for n in range(60))), 1_700.0)
    assert seen[-1].began <= 1_700.0
    assert rate(seen, 1_700.0, 15).per_s == pytest.approx(1 / 60, rel=0.1)
