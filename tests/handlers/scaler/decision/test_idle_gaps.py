"""Gaps in the demand, and how long an instance is worth keeping through one."""

import pytest

from handlers.scaler.decision.idle_gaps import BINS, UNSEEN, Peaks, idle_time, observed, peak

BOOT_S = 120.0


def watched(*looks: tuple[float, int]) -> tuple[Peaks, tuple[float, ...]]:
    """The peaks and gaps after looks at these times that wanted so many instances."""
    peaks: Peaks = ()
    gaps = UNSEEN
    for now, wanted in looks:
        seen = observed(peaks, gaps, now=now, wanted=wanted, launch_s=BOOT_S)
        peaks, gaps = seen.peaks, seen.gaps
    return peaks, gaps


def test_the_peak_is_the_most_that_was_wanted_since_then() -> None:
    peaks, _ = watched((0, 5), (100, 2), (110, 3), (120, 1))
    assert peaks == ((0, 5), (100, 3), (120, 1))
    assert [peak(peaks, since) for since in (50, 100, 119, 120)] == [5, 3, 3, 1]
    assert peak(peaks, -1) is None, "nobody watched before the first look"


def test_a_rise_ends_the_gap_of_each_instance_that_is_wanted_again() -> None:
    _, gaps = watched((0, 4), (10, 2), (20, 0), (50, 3))
    # The third was unwanted for forty seconds, the first and the second for thirty.
    assert gaps[4] == pytest.approx(1, abs=0.02)
    assert gaps[3] == 2
    assert sum(gaps) == pytest.approx(3, abs=0.02)


def test_a_gap_that_never_ends_counts_as_a_long_one() -> None:
    peaks, gaps = watched((0, 6), (10, 1), (10 + 3 * BOOT_S + 1, 1))
    assert peaks == ((10, 1),)
    assert gaps[BINS] == 5


@pytest.mark.parametrize(
    ("gaps", "kept_s"),
    [
        (UNSEEN, 120),
        ((0.0,) * 12 + (100.0,), 0),
        ((100.0,) + (0.0,) * 11 + (20.0,), 10),
        ((0.0,) * 6 + (100.0,) + (0.0,) * 6, 120),
    ],
    ids=[
        "a boot without experience",
        "not at all where nobody comes back",
        "ten seconds where most come back within them",
        "through every gap where all of them end before a boot",
    ],
)
def test_an_instance_is_kept_as_long_as_would_have_cost_least(gaps: tuple[float, ...], kept_s: float) -> None:
    assert idle_time(gaps, BOOT_S) == pytest.approx(kept_s)


def test_recent_gaps_outweigh_old_ones() -> None:
    peaks: Peaks = ()
    gaps: tuple[float, ...] = (0.0,) * BINS + (200.0,)
    for n in range(800):
        seen = observed(peaks, gaps, now=5.0 * n, wanted=n % 2, launch_s=BOOT_S)
        peaks, gaps = seen.peaks, seen.gaps
    assert gaps[0] > gaps[BINS] > 0
    assert idle_time(gaps, BOOT_S) == pytest.approx(10)
