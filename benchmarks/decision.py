"""How long one decision takes on a very large fleet."""

from dataclasses import replace
from statistics import median
from time import process_time

from handlers.scaler.decision import Instance, Snapshot, Stage, decide
from handlers.scaler.decision.estimate import Estimate
from handlers.scaler.decision.history import History
from handlers.scaler.decision.load.arrivals import Arrivals
from simulator.standard import LIMITS

MILLISECONDS_ALLOWED = 5.0
RUNS = 21


def crowded(*, queued: int = 100_000, instances: int = 1_000) -> Snapshot:
    """A fleet of which a third each works, idles and boots."""
    stages = (Stage.BUSY, Stage.IDLE, Stage.ONLINE)
    return Snapshot(
        taken_at=10_000.0,
        queued=queued,
        oldest_s=50.0,
        desired=instances,
        instances=tuple(
            Instance(id=f"i-{n:017x}", stage=stages[n % 3], launched_at=9_900.0, since=9_900.0)
            for n in range(instances)
        ),
        history=History(
            arrived=tuple(Arrivals(began=6_400.0 + 57 * n, instants=32, jobs=320) for n in range(63)),
            served=(0.0,) * 10 + (10.0,) * 20 + (0.0,) * 14,
            boot=Estimate(count=200, mean=120),
        ),
    )


def measure() -> float:
    """Milliseconds of processor time that one decision takes, the median of some."""
    snapshot, limits = crowded(), replace(LIMITS, maximum=2_000)
    times = []
    for _ in range(RUNS):
        begin = process_time()
        decide(snapshot, limits)
        times.append((process_time() - begin) * 1000)
    return median(times)
