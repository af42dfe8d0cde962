"""What is expected a boot ahead, and what is learned from what came."""

import pytest

from handlers.scaler.decision.load.arrivals import Rate
from handlers.scaler.decision.load.durations import survival
from handlers.scaler.decision.load.forecast import Errors, Forecast, forecast, judged

AHEAD = Forecast(mean=10.0, variance=4.0, ending=0.0, coming=0.0, leaving=0.0, work_s=0.0, seconds=120.0)


def test_long_renders_stay_and_new_ones_come() -> None:
    lasts = survival((0.0,) * 40 + (200.0,) + (0.0,) * 3, 600)
    found = forecast(lasts.running([10.0] * 5), lasts, Rate(per_s=0.05, instants=100), 120.0)
    assert found.mean == pytest.approx(5 + 6, rel=0.05)


def test_forecasts_that_come_true_narrow_the_spread_and_wrong_ones_widen_it() -> None:
    due = Errors(due=100.0, mean=10.0, variance=4.0)
    assert judged(due, 100.0, 10, AHEAD, 7).spread < 1 < judged(due, 100.0, 20, AHEAD, 7).spread


def test_one_forecast_at_a_time_is_watched_for_a_boot() -> None:
    first = judged(Errors(), 0.0, 0, AHEAD, 7)
    assert (first.due, first.mean, first.affordable) == (120.0, 10.0, 7)
    assert judged(first, 60.0, 99, AHEAD, 7) == first


@pytest.mark.parametrize("now", [10_000.0, -10_000.0], ids=["slept through", "clock set back"])
def test_a_forecast_whose_time_was_missed_is_dropped(now: float) -> None:
    again = judged(Errors(due=120.0, mean=0.0, variance=0.1), now, 50, AHEAD, 7)
    assert (again.spread, again.due) == (1.0, now + 120.0)
