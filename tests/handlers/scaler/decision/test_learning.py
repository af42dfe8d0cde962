"""What a history takes: any clock, any number, any order, and it stays one that can be decided with."""

from itertools import accumulate
from math import inf, isfinite, nan

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.scaler.codec import dumps, loads
from handlers.scaler.decision import Snapshot, decide
from handlers.scaler.decision.history import History, News
from handlers.scaler.decision.learning import learned
from handlers.scaler.decision.load.arrivals import rate
from handlers.scaler.decision.memory import Memory

STRANGE = (nan, inf, -inf, -1.0, -1e300, 1e300, 1e18, 0.0, 5e-324)
numbers = st.sampled_from(STRANGE) | st.floats()
several = st.lists(numbers, max_size=4).map(tuple)
news = st.builds(News, arrived=several, waits=several, served=several, boots=several)


def looked(limits, looks) -> tuple[History, Memory]:
    """The history and the memory after these looks: (time, news), with a decision at each."""
    history, memory, limit = History(), Memory(), limits()
    for now, what in looks:
        history = learned(history, memory, what, limit, now)
        decision = decide(
            Snapshot(
                taken_at=now,
                queued=3,
                oldest_s=1.0,
                desired=0,
                instances=(),
                history=history,
                memory=memory,
            ),
            limit,
        )
        assert limit.minimum <= decision.desired <= limit.maximum
        memory = decision.memory
        assert loads(History, dumps(history)) == history
    return history, memory


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(looks=st.lists(st.tuples(st.floats(-1e12, 1e12), news), max_size=6))
def test_no_news_and_no_clock_stops_the_scaler(limits, looks) -> None:
    history, _ = looked(limits, looks)
    assert all(one.instants >= 1 and one.jobs >= 1 and isfinite(one.began) for one in history.arrived)
    assert all(isfinite(count) and count >= 0 for count in history.served)
    assert isfinite(history.boot.mean)


@pytest.mark.short_form(2)
@pytest.mark.parametrize("step_s", [-1e9, -86_400, -1_800, -360, -5, -0.2, 0.5, 3_600, 1e9], ids=str)
def test_whatever_step_a_clock_makes_the_rate_comes_back(limits, step_s: float) -> None:
    """A job a minute before it and after it: an hour later the rate is a job a minute again."""
    before = [(1e9 + 60.0 * n, News(arrived=(1e9 + 60.0 * n,))) for n in range(60)]
    begin = before[-1][0] + step_s
    after = [(begin + 60.0 * n, News(arrived=(begin + 60.0 * n - 0.5,))) for n in range(1, 61)]
    history, _ = looked(limits, [*before, *after])
    assert sum(one.jobs for one in history.arrived) == 120, "no job is lost or counted twice"
    assert rate(history.arrived, after[-1][0], 15).per_s == pytest.approx(1 / 60, rel=0.3)


@pytest.mark.parametrize("steps", [(-1_800, 3_600, -1_800), (-1e6, 1e6), (86_400, -86_400)], ids=str)
def test_a_clock_that_goes_to_and_fro_books_no_job_in_the_future(limits, steps) -> None:
    offsets = accumulate(steps, initial=0.0)
    looks = [
        (1e7 + offset + 10.0 * n, News(arrived=(1e7 + offset + 10.0 * n - 1,)))
        for offset in offsets
        for n in range(20)
    ]
    history, _ = looked(limits, looks)
    assert max(one.began for one in history.arrived) <= looks[-1][0]
    assert rate(history.arrived, looks[-1][0], 15).per_s <= 0.2
