"""What the fleet needs: capacity for the load to come, and for the queue that is already there."""

from dataclasses import dataclass
from math import ceil, floor, isfinite, sqrt
from typing import ClassVar

from handlers.scaler.decision import price
from handlers.scaler.decision.headcount import Headcount
from handlers.scaler.decision.limits import Limits
from handlers.scaler.decision.load.durations import survival
from handlers.scaler.decision.load.forecast import Forecast, ending, forecast
from handlers.scaler.decision.load.levels import CERTAIN, NEGLIGIBLE, Costs, Load, levels
from handlers.scaler.decision.load.surges import Outlook
from handlers.scaler.decision.snapshot import Snapshot

AHEAD = 2.0
"""A ski rental costs up to twice its price: the bound of what is launched ahead, and what a launch costs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """The instances a fleet needs, and the estimates behind the number.

    Attributes:
        instances: launch up to this many.
        keep: drain down to this many.
        because: what decided `instances`.
        arrivals_per_s: jobs per second expected.
        work_s: seconds that a new render is expected to take within a boot.
        boot_s: seconds until a launch becomes capacity.
        load: jobs expected in work when a launch of now is ready.
        spread: standard deviation of that number.
        standby: instances beyond that load that are worth launching ahead.
        pressure: logarithm of the price of a late start over the operator's.
        late_start: what one late start may cost at present, in seconds of an instance.
        next_gap_s: mean seconds before the first instance that is not worth keeping would be wanted.
        beyond_help: more jobs came than the highest price keeps instances for.
    """

    RETIRED: ClassVar = frozenset({"service_s"})

    instances: int
    because: str
    arrivals_per_s: float
    boot_s: float
    load: float
    standby: float
    late_start: float
    keep: int = 0
    work_s: float = 0.0
    spread: float = 0.0
    pressure: float = 0.0
    next_gap_s: float | None = None
    beyond_help: bool = False


def need(
    snapshot: Snapshot, limits: Limits, headcount: Headcount, outlook: Outlook
) -> tuple[Need, Forecast, int]:
    """The instances for the moment at which a launch of now would be ready, and the load it stands on.

    The last number are the instances that the highest price would launch ahead for that load.
    """
    history, pressure = snapshot.history, snapshot.history.lateness.pressure
    boot_s = history.expected_boot(limits.boot_s)
    lasts = survival(history.served, limits.service_s, headcount.ages, history.window_s(snapshot.taken_at))
    running = lasts.running(headcount.ages)
    ahead = forecast(running, lasts, outlook.rate, boot_s)
    load = Load(
        mean=ahead.mean,
        variance=ahead.variance * snapshot.memory.errors.spread,
        new=outlook.rate.per_s * ahead.work_s,
        rate=outlook.rate.per_s,
        leaving=ending(running, lasts, outlook.rate, limits.wait_objective_s)
        if limits.wait_objective_s < boot_s
        else 2 * CERTAIN,
        leaving_boot=ahead.leaving,
    )
    costs = Costs(
        late_start=price.price(limits.wait_price, boot_s, pressure),
        dearest=price.price(limits.wait_price, boot_s, price.MOST),
        # It pays its boot, and by the ski rental as much again until what it was launched for is over.
        launch=AHEAD * boot_s,
    )
    # One instance per job pays each job's work and a boot for it.
    most = min(floor(AHEAD * (load.mean + load.rate * boot_s)), limits.maximum)
    now = levels(load, costs, most)
    # The standby depends on no queue, so that a longer queue never means fewer instances.
    still_there = snapshot.queued * lasts.stays(0.0, boot_s)
    expected = ceil(now.launch + still_there - NEGLIGIBLE)
    backlog = _for_queue(snapshot.queued, headcount.busy, ahead, limits.wait_price, boot_s)
    wanted = max(expected, backlog, limits.minimum)
    need_now = Need(
        instances=wanted,
        keep=max(wanted, ceil(now.keep + still_there - NEGLIGIBLE)),
        because="minimum"
        if wanted > max(expected, backlog)
        else "load to come"
        if wanted <= now.launch
        else "queue",
        arrivals_per_s=outlook.rate.per_s,
        work_s=ahead.work_s,
        boot_s=boot_s,
        load=load.mean,
        spread=sqrt(load.variance),
        standby=now.launch - load.mean,
        pressure=pressure,
        late_start=costs.late_start,
        next_gap_s=now.next_gap_s if isfinite(now.next_gap_s) else None,
        beyond_help=snapshot.queued + headcount.busy > snapshot.memory.errors.affordable + load.leaving,
    )
    return need_now, ahead, now.affordable


def _for_queue(queued: int, busy: int, ahead: Forecast, wait_price: float, boot_s: float) -> int:
    """Instances for the queue of a boot from now: as many as cost less to boot than the waiting they save.

    n instances for q jobs cost n boots and q * q * work / (2 n) seconds of waiting; the sum is least
    at n = q * sqrt(price * work / (2 boot)). What the busy ones take over until then needs none.
    """
    if not queued:
        return 0
    # One that becomes free takes another job each time it has done one, for the rest of the boot.
    freed = ahead.ending * boot_s / ahead.work_s
    left = max(0.0, queued + ahead.coming - freed)
    share = min(1.0, sqrt(wait_price * ahead.work_s / (2 * boot_s)))
    # Part of a job that may still come is no reason for an instance.
    sure = ceil(min(left, queued) * share - NEGLIGIBLE)
    return busy + max(sure, floor(left * share), 0 if busy else 1)
