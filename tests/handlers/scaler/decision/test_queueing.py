"""The queueing theory against tables and by its own laws."""

from dataclasses import replace

import pytest

from handlers.scaler.decision.queueing import Load, Prices, _erlang, standby

LOAD = Load(mean=10.0, peakedness=1.0, rate=0.1, service_s=100.0, variation=1.0, boot_s=120.0)
PRICES = Prices(late_start=240.0, objective_s=60.0)


@pytest.mark.parametrize(
    ("servers", "load", "share"),
    [(1, 0.2, 0.2), (2, 1.0, 1 / 3), (3, 1.0, 1 / 11), (12, 10.0, 0.4494)],
    ids=str,
)
def test_erlangs_c_is_the_textbooks(servers, load, share) -> None:
    assert _erlang(servers, load) == pytest.approx(share, abs=1e-4)


def test_standby_grows_with_the_price_of_lateness() -> None:
    spare = [standby(LOAD, replace(PRICES, late_start=price), 100) for price in (0, 10, 100, 1_000, 10_000)]
    assert spare == sorted(spare)
    assert spare[0] < spare[-1]


def test_standby_shrinks_when_customers_may_wait_longer() -> None:
    spare = [standby(LOAD, replace(PRICES, objective_s=seconds), 100) for seconds in (0, 10, 30, 60, 110)]
    assert spare == sorted(spare, reverse=True)


def test_bursty_arrivals_need_more_standby_than_independent_ones() -> None:
    assert standby(replace(LOAD, peakedness=3.0, variation=2.0), PRICES, 100) > standby(LOAD, PRICES, 100)


def test_standby_grows_like_the_root_of_the_load() -> None:
    at_once = replace(PRICES, objective_s=0.0)
    small, large = (
        standby(replace(LOAD, mean=mean, rate=mean / 100), at_once, 1_000) for mean in (25.0, 100.0)
    )
    assert 1.4 <= large / small <= 3


def test_a_large_fleet_needs_no_standby_for_a_wait_in_which_many_of_its_renders_end() -> None:
    assert standby(replace(LOAD, mean=200.0, rate=2.0), PRICES, 1_000) <= 1


def test_a_rare_job_keeps_no_instance_idle() -> None:
    rare = replace(LOAD, mean=0.01, rate=0.0001)
    assert standby(rare, PRICES, 100) == pytest.approx(-0.01), "not even the hundredth that is expected"


def test_no_standby_is_worth_more_than_the_maximum() -> None:
    assert standby(LOAD, replace(PRICES, late_start=1e12), 12) == pytest.approx(2.0)
