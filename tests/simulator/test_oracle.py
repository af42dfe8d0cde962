"""The clairvoyant by hand, and as a bound that nobody beats without waiting."""

import numpy as np
import pytest

from simulator.baselines.static import StaticPeak
from simulator.conditions import Conditions
from simulator.generators import Bursts, Poisson
from simulator.oracle import zero_wait
from simulator.run import run
from simulator.trace import Trace


def by_hand(*jobs: tuple[float, float]) -> Trace:
    arrival, service = zip(*jobs, strict=True)
    return Trace(
        name="by hand", arrival=np.array(arrival, dtype=float), service=np.array(service, dtype=float)
    )


@pytest.mark.parametrize(
    ("jobs", "seconds", "peak", "launches"),
    [
        ([(0, 50)], 100 + 50, 1, 1),
        ([(0, 50), (80, 50)], 100 + 50 + 30 + 50, 1, 1),
        ([(0, 50), (500, 50)], 2 * (100 + 50), 1, 2),
        ([(0, 50), (10, 50)], 2 * (100 + 50), 2, 2),
        ([(0, 50), (50, 50)], 100 + 100, 1, 1),
    ],
    ids=["one", "a short gap is idled through", "a long gap is not", "two at once", "one after the other"],
)
def test_the_bound_by_hand(jobs, seconds, peak, launches) -> None:
    bound = zero_wait(by_hand(*jobs), 100.0)
    assert (bound.seconds, bound.peak, bound.launches) == (seconds, peak, launches)


@pytest.mark.parametrize(
    "recipe", [Poisson(per_hour=300, hours=4), Bursts(hours=6)], ids=["poisson", "bursts"]
)
def test_a_fleet_of_the_bounds_peak_that_is_up_in_time_makes_nobody_wait(recipe) -> None:
    trace = recipe.trace()
    late = Trace(name="late", arrival=trace.arrival + 200, service=trace.service)
    bound = zero_wait(late, 124.5)
    assert run(late, StaticPeak(minimum=bound.peak), Conditions(boot_s=(124.5, 124.5))).longest == 0
    assert run(late, StaticPeak(minimum=bound.peak - 1), Conditions(boot_s=(124.5, 124.5))).longest > 0
