"""How far back the finished renders reach that are remembered."""

import pytest

from handlers.scaler.decision.history import History, News
from handlers.scaler.decision.load.durations import ENDLESS_S


def after(history: History, now: float, limits, *, arrived: int = 0, served: int = 0) -> History:
    """The history after so many jobs came and ended at once."""
    news = News(arrived=(now,) * arrived, served=(600.0,) * served)
    return history.after(news, limits(), now=now, beyond_help=False)


def test_nothing_is_forgotten_until_two_hundred_renders_have_finished(limits) -> None:
    assert after(History(), 1_000.0, limits, served=199).window_s(2_000.0) == ENDLESS_S


def test_a_steady_stream_is_remembered_for_the_time_of_two_hundred_ends(limits) -> None:
    history = History()
    for n in range(2_000):
        history = after(history, 10.0 * n, limits, arrived=1, served=1)
    assert history.window_s(20_000.0) == pytest.approx(2_000.0, rel=0.1)


def test_renders_of_a_batch_that_ended_together_have_run_since_they_came(limits) -> None:
    history = after(History(), 1_000.0, limits, arrived=300)
    history = after(history, 1_600.0, limits, served=300)
    assert history.window_s(1_600.0) == pytest.approx(600.0)
