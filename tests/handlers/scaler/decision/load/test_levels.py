"""Which instances are worth having, against results computed by hand and by the theory's own laws."""

from dataclasses import replace

import pytest

from handlers.scaler.decision.load.levels import Costs, Levels, Load, levels

LOAD = Load(mean=10.0, variance=10.0, new=0.0, rate=0.1, leaving=0.0, leaving_boot=0.0)


def worth(load: Load, late_start: float = 240.0, launch: float = 120.0, most: int = 1_000) -> Levels:
    return levels(load, Costs(late_start=late_start, dearest=late_start, launch=launch), most)


def test_the_mean_gap_is_that_of_the_textbooks_birth_and_death_process() -> None:
    """Rate 1/100, one job in work on average: from none to one 100 s, to two 200 s, to three 500 s."""
    load = Load(mean=1.0, variance=1.0, new=0.0, rate=0.01, leaving=0.0, leaving_boot=0.0)
    for price, instances, next_gap_s in ((0, 1, 200), (199, 1, 200), (201, 2, 500), (501, 3, 1_600)):
        found = worth(load, late_start=price, launch=0)
        assert (found.keep, found.next_gap_s) == (instances, pytest.approx(next_gap_s))


def test_what_is_there_is_kept_longer_than_anything_is_launched_ahead() -> None:
    found = worth(LOAD)
    assert found.launch <= found.keep
    assert worth(LOAD, launch=0).keep == found.launch


def test_standby_grows_with_the_price_of_lateness_and_has_the_maximum_as_its_end() -> None:
    ahead = [worth(LOAD, late_start=price).launch for price in (0, 100, 1_000, 10_000)]
    assert ahead == sorted(ahead)
    assert ahead[0] < ahead[-1]
    assert worth(LOAD, late_start=1e12, most=12).launch == 12


def test_renders_that_end_in_time_need_no_standby() -> None:
    ahead = [worth(replace(LOAD, leaving=float(ends))).launch for ends in (0, 1, 3, 10, 100)]
    assert ahead == sorted(ahead, reverse=True)
    assert ahead[-1] == 10


def test_uneven_arrivals_need_more_standby_than_independent_ones_and_known_ones_less() -> None:
    even, plain, uneven = (worth(replace(LOAD, variance=one), 2_000).launch for one in (2, 10, 40))
    assert even < plain < uneven


def test_standby_grows_like_the_root_of_the_load() -> None:
    small, large = (
        worth(replace(LOAD, mean=mean, variance=mean, rate=mean / 100)).launch - mean
        for mean in (25.0, 100.0)
    )
    assert 1.4 <= large / small <= 3


@pytest.mark.parametrize("gap_s", [200, 7_200])
def test_a_rare_job_keeps_an_instance_only_where_the_next_comes_sooner_than_a_late_start_costs(
    gap_s: int,
) -> None:
    rare = Load(mean=0.001, variance=0.001, new=0.0, rate=1 / gap_s, leaving=0.0, leaving_boot=0.0)
    assert worth(rare, launch=0).keep == (1 if gap_s < 240 else 0)


def test_a_load_of_a_thousand_is_reckoned_without_overflow() -> None:
    assert 1_000 < worth(replace(LOAD, mean=1_000.0, variance=1_000.0, rate=10.0), most=2_000).launch < 1_100


def test_whatever_the_price_the_new_renders_have_an_instance_each_on_average() -> None:
    """With three instances for 3.2 renders the queue would grow without end."""
    short = Load(mean=3.5, variance=3.5, new=3.2, rate=0.3, leaving=30.0, leaving_boot=60.0)
    assert worth(short, late_start=0, launch=0).launch == 4
    assert worth(replace(short, new=0.9), late_start=0, launch=0).launch == 3
