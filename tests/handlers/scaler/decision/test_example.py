"""The predictions of `docs/scaling.md` that a reader can make by hand, with real arrivals."""

import pytest

from handlers.scaler.decision import Instance, Snapshot, Stage, decide
from handlers.scaler.decision.estimate import Estimate
from handlers.scaler.decision.history import History, News
from handlers.scaler.decision.learning import learned
from handlers.scaler.decision.load.durations import Counts, observed
from handlers.scaler.decision.load.surges import Surge
from handlers.scaler.decision.memory import Memory

NOW = 100_000.0


@pytest.fixture
def wanted(limits):
    """Instances wanted after these arrivals, with a boot of 120 s and renders that all take as long."""

    def ask(*came: float, service_s: float = 600, queued: int = 0, busy: int = 0, **changes: object):
        chosen = limits(maximum=300, **changes)
        served: Counts = ()
        for _ in range(200):
            served = observed(served, service_s)
        history = History(served=served, boot=Estimate(count=200, mean=120))
        for time in came:
            history = learned(history, Memory(), News(arrived=(time,)), chosen, time)
        group = tuple(
            Instance(id=f"i-{n}", stage=Stage.BUSY, launched_at=0.0, since=NOW - 1) for n in range(busy)
        )
        memory = Memory(surge=Surge(lasting=1.0, count=10))
        seen = Snapshot(
            taken_at=NOW,
            queued=queued,
            oldest_s=0.0,
            desired=busy,
            instances=group,
            history=history,
            memory=memory,
        )
        return decide(seen, chosen).need

    return ask


@pytest.mark.parametrize(("gap_s", "standby"), [(7_200, 0), (600, 0), (200, 1), (60, 1)], ids=str)
def test_one_instance_idles_ahead_when_jobs_come_more_often_than_a_late_start_costs(
    wanted, gap_s, standby
) -> None:
    """A late start may cost `wait_price` 2 x 120 s = 240 s of an instance; renders take a second."""
    came = [NOW - gap_s * n for n in range(30, 0, -1)]
    assert wanted(*came, service_s=1, wait_objective_s=0.1).instances == standby


def test_ten_jobs_at_once_get_ten_instances(wanted) -> None:
    assert 10 <= wanted(*(NOW - 0.1 for _ in range(10)), queued=10).instances <= 12


@pytest.mark.parametrize(("service_s", "instances"), [(10, 6), (100, 19), (600, 20)], ids=str)
def test_twenty_queued_jobs_get_instances_by_their_length(wanted, service_s, instances) -> None:
    """20 x sqrt(wait_price x work / (2 x boot)), of the work that lies within a boot."""
    assert wanted(queued=20, service_s=service_s).instances == instances
