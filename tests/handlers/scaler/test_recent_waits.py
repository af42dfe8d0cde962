"""What customers see of a fleet's waits, and how it is kept between two looks."""

import pytest

from handlers.jobs.store import keys
from handlers.jobs.store.items import scaler_view_from_item
from handlers.jobs.store.table import PRESENT, Put
from handlers.scaler.decision.history import News
from handlers.scaler.recent_waits import KEPT, KEPT_SECONDS, RecentWaits
from handlers.scaler.service import scale

NOW = 1_400.0


def test_percentiles_are_waits_that_were_seen() -> None:
    waits = RecentWaits().after([float(seconds) for seconds in range(1, 11)], NOW)
    assert (waits.percentile(0.5), waits.percentile(0.9)) == (5, 9)
    assert RecentWaits().after([7.0], NOW).percentile(0.5) == 7
    assert RecentWaits().percentile(0.9) is None


def test_the_latest_are_kept_for_an_hour() -> None:
    waits = RecentWaits().after([1.0] * KEPT, NOW).after([2.0, 3.0], NOW + 1)
    assert len(waits.waits) == KEPT
    assert waits.waits[:2] == ((NOW + 1, 3), (NOW + 1, 2))
    assert RecentWaits().after([1.0], NOW).after([], NOW + KEPT_SECONDS + 1) == RecentWaits()


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -5.0])
def test_a_wait_that_is_none_does_no_harm(seconds: float) -> None:
    assert RecentWaits().after([seconds], NOW).percentile(0.9) in {None, 0.0}


def test_the_record_shows_them_to_customers_and_is_read_again(deployed, limits, fake_news) -> None:
    scale(deployed.fleet, deployed.store(), fake_news("1..2", News(waits=(3.0, 4.0))), limits(minimum=1), NOW)
    item = deployed.table.get(keys.scaler("cpu"))
    view = scaler_view_from_item("cpu", item)
    assert view
    assert view.waits
    assert (view.waits.p50, view.waits.p90, view.waits.renders) == (3, 4, 2)
    assert deployed.store().read().waits == RecentWaits(waits=((NOW, 4.0), (NOW, 3.0)))


def test_a_record_of_the_release_before_has_none(deployed, limits, fake_news) -> None:
    scale(deployed.fleet, deployed.store(), fake_news("1..2", News(waits=(3.0,))), limits(minimum=1), NOW)
    item = deployed.table.get(keys.scaler("cpu"))
    older = {name: value for name, value in item.items() if not name.startswith("wait")}
    assert deployed.table.put(Put(item=older, condition=PRESENT))
    state = deployed.store().read()
    assert (state.lost, state.waits) == ((), RecentWaits())
    view = scaler_view_from_item("cpu", older)
    assert view
    assert view.waits is None
