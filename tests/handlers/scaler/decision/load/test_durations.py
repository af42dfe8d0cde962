"""How long renders last, given how long they have run."""

from math import log
from random import Random
from statistics import fmean

import pytest

from handlers.scaler.decision.load.durations import Counts, Survival, observed, survival


def known(*seconds: float) -> Survival:
    counts: Counts = ()
    for one in seconds:
        counts = observed(counts, one)
    return survival(counts, 100.0)


MIXED = known(*(([10.0] * 94 + [3_600.0] * 6) * 2))


def test_a_new_render_of_a_mixed_service_is_probably_over_within_a_boot() -> None:
    assert MIXED.stays(0, 120) == pytest.approx(0.06, abs=0.02)


def test_one_that_has_run_for_a_minute_is_one_of_the_long_ones() -> None:
    assert MIXED.stays(60, 120) > 0.9


def test_one_that_has_outlasted_all_others_is_expected_to_run_as_long_again() -> None:
    assert MIXED.stays(100_000, 100_000) == pytest.approx(0.5, abs=0.01)


def test_before_any_render_has_finished_the_setting_is_the_median() -> None:
    assert known().stays(0, 100) == pytest.approx(0.5, rel=0.02)


def test_renders_that_still_run_tell_of_the_long_ones_before_any_has_finished() -> None:
    """In the first quarter of an hour 200 renders of 10 s have finished, and 13 of an hour have begun."""
    counts: Counts = ()
    for _ in range(200):
        counts = observed(counts, 10.0)
    ages = [60.0 * n for n in range(1, 14)]
    found = survival(counts, 100.0, ages, window_s=900.0)
    assert found.stays(60.0, 120.0) > 0.9
    assert found.stays(0.0, 120.0) == pytest.approx(13 / 213, rel=0.3)


def test_renders_from_before_the_known_ones_do_not_count_for_the_ages_they_had_then() -> None:
    """Sixty of an hour run beside two hundred finished ones of twelve minutes: six in a hundred are long."""
    counts: Counts = ()
    for n in range(200):
        counts = observed(counts, 3_600.0 if n % 16 == 0 else 10.0)
    found = survival(counts, 100.0, [60.0 * n for n in range(60)], window_s=720.0)
    assert found.stays(0.0, 120.0) == pytest.approx(0.1, abs=0.05)


def test_within_a_time_a_render_counts_for_that_time_at_most() -> None:
    assert MIXED.within(120) == pytest.approx(0.94 * 10 + 0.06 * 120, rel=0.15)
    assert known(*[3_600.0] * 200).within(120) == pytest.approx(120, rel=0.02)


@pytest.mark.parametrize("seconds", [0.2, 0.6, 1.0, 11.3, 120.0, 5_000.0])
def test_the_mean_seconds_within_a_time_are_the_integral_of_the_chances(seconds: float) -> None:
    step = seconds / 4_000
    summed = sum(MIXED.longer((n + 0.5) * step) for n in range(4_000)) * step
    assert MIXED.within(seconds) == pytest.approx(summed, rel=1e-3)


def test_the_latest_two_hundred_make_up_the_picture() -> None:
    drifted = known(*[30.0] * 1_000, *[300.0] * 600)
    assert drifted.stays(0, 100) > 0.9


def test_a_template_that_drifts_tenfold_is_followed_as_its_renders_finish() -> None:
    """After as many renders of 300 s as there were of 30 s, a new one takes half of both."""
    means = [known(*[30.0] * 200, *[300.0] * after).within(1_000) for after in (0, 20, 60, 140, 400)]
    assert means == sorted(means)
    assert means[0] < 60
    assert means[3] == pytest.approx(165, rel=0.2)
    assert means[4] == pytest.approx(300, rel=0.2)


def test_renders_that_outlast_the_earlier_ones_are_believed_before_they_finish() -> None:
    counts: Counts = ()
    for _ in range(200):
        counts = observed(counts, 30.0)
    assert survival(counts, 100.0, [150.0] * 8, 1_800.0).stays(150, 120) > 0.5


def steady_stream(seed: int, per_s: float, now: float) -> tuple[Counts, list[float]]:
    """What is remembered of the renders of a stream with a median of a minute, and how long others run."""
    chance, time, renders = Random(seed), 0.0, []  # noqa: S311
    while (time := time + chance.expovariate(per_s)) < now:
        renders.append((time, chance.lognormvariate(log(60), 1.0)))
    counts: Counts = ()
    for _, lasts in sorted((begin + lasts, lasts) for begin, lasts in renders if begin + lasts <= now):
        counts = observed(counts, lasts)
    return counts, [now - begin for begin, lasts in renders if begin + lasts > now]


@pytest.mark.short_form(1)
@pytest.mark.parametrize(("seconds", "share"), [(60, 0.5), (180, 0.136), (360, 0.0366), (720, 0.0065)])
def test_long_renders_of_a_steady_stream_do_not_count_twice(seconds: float, share: float) -> None:
    """Among the finished ones of the last eight minutes, and among those that still run."""
    found = []
    for seed in range(20):
        counts, running = steady_stream(seed, per_s=0.4, now=4_000.0)
        found.append(survival(counts, 60.0, running, window_s=500.0).longer(seconds))
    # The belief beforehand counts as three renders with a heavy tail.
    believed = 3 / 203 * 60 / (60 + seconds)
    assert fmean(found) == pytest.approx(200 / 203 * share + believed, rel=0.15)
