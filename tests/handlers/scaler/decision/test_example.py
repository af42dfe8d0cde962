"""The worked example of `docs/scaling.md`, number by number."""

import pytest

from handlers.scaler.decision import Instance, Snapshot, Stage, decide
from handlers.scaler.decision.estimate import Estimate
from handlers.scaler.decision.history import History


@pytest.fixture
def wanted(limits):
    """Instances wanted with nine busy ones and six jobs of 100 s a minute, a boot of 120 s."""

    def ask(
        *, queued: int = 0, objective_s: float = 60, pressure: float = 0.0, service_s: float = 100
    ) -> int:
        busy = 9 if not queued else 0
        history = History(
            arrivals=(1 if busy else 0,) * 359 + (0,),
            interval=9_999.0,
            service=Estimate(count=200, mean=service_s, square=2 * service_s**2),
            boot=Estimate(count=200, mean=120, square=14_400),
            pressure=pressure,
        )
        group = tuple(
            Instance(id=f"i-{n}", stage=Stage.BUSY, launched_at=0.0, since=0.0) for n in range(busy)
        )
        seen = Snapshot(
            taken_at=10_000.0, queued=queued, oldest_s=0.0, desired=busy, instances=group, history=history
        )
        return decide(seen, limits(wait_objective_s=objective_s, maximum=100)).need.instances

    return ask


@pytest.mark.parametrize(("objective_s", "instances"), [(30, 13), (60, 12), (180, 10)], ids=str)
def test_the_objective_sets_the_standby(wanted, objective_s, instances) -> None:
    assert wanted(objective_s=objective_s) == instances


@pytest.mark.parametrize(("pressure", "instances"), [(-2.0, 11), (0.0, 12), (2.3, 13)], ids=str)
def test_the_pressure_moves_it(wanted, pressure, instances) -> None:
    assert wanted(pressure=pressure) == instances


@pytest.mark.parametrize(("service_s", "instances"), [(10, 7), (100, 19), (600, 20)], ids=str)
def test_twenty_queued_jobs_get_instances_by_their_length(wanted, service_s, instances) -> None:
    assert wanted(queued=20, service_s=service_s) == instances
