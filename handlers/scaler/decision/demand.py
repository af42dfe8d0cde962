"""What the fleet needs: capacity for the load to come, and for the queue that is already there."""

from dataclasses import dataclass
from math import ceil, exp, sqrt

from handlers.scaler.decision.forecast import Rate
from handlers.scaler.decision.headcount import Headcount
from handlers.scaler.decision.history import History
from handlers.scaler.decision.limits import Limits
from handlers.scaler.decision.queueing import Load, Prices, standby
from handlers.scaler.decision.snapshot import Snapshot

SMALLEST = 1e-3
LEAST_PEAKEDNESS = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """The instances a fleet needs, and the estimates behind the number.

    Attributes:
        instances: launch up to this many, drain down to this many.
        because: what decided it.
        arrivals_per_s: jobs per second expected.
        service_s: seconds per job expected.
        boot_s: seconds until a launch becomes capacity.
        load: jobs in the system expected when a launch of now is ready.
        standby: instances beyond that load that are worth their price.
        late_start: what one late start may cost at present, in seconds of an instance.
    """

    instances: int
    because: str
    arrivals_per_s: float
    service_s: float
    boot_s: float
    load: float
    standby: float
    late_start: float


def need(snapshot: Snapshot, limits: Limits, headcount: Headcount, rate: Rate) -> Need:
    """The instances for the moment at which a launch of now would be ready."""
    history = snapshot.history
    boot_s = history.expected_boot(limits.boot_s)
    service_s = history.expected_service(limits.service_s)
    load = _load(headcount.busy, rate, history, service_s, boot_s)
    price = late_price(history, limits, max(boot_s, service_s))
    spare = standby(load, Prices(late_start=price, objective_s=limits.wait_objective_s), limits.maximum)
    # The standby depends on no queue, so that a longer queue never means fewer instances.
    mean = load.mean + snapshot.queued * _stays(history, service_s, boot_s)
    expected = ceil(mean + spare - SMALLEST)
    backlog = _for_queue(snapshot, limits, headcount.busy, service_s, boot_s)
    wanted = max(expected, backlog, limits.minimum)
    return Need(
        instances=wanted,
        because="minimum"
        if wanted > max(expected, backlog)
        else "queue"
        if backlog > expected
        else "load to come",
        arrivals_per_s=rate.per_s,
        service_s=service_s,
        boot_s=boot_s,
        load=mean,
        standby=spare,
        late_start=price,
    )


def late_price(history: History, limits: Limits, seconds: float) -> float:
    """What a late start may cost now, in seconds of an instance: the operator's price, under pressure.

    It is told for the seconds of a boot, which is what a job waits that finds nobody; for long renders it is
    told for those of a render, next to whose own cost the standby is small.
    """
    return limits.wait_price * seconds * exp(history.pressure)


def _stays(history: History, service_s: float, boot_s: float) -> float:
    """The share of running renders that still run when a launch of now is ready."""
    # A render found running has (1 + variation) / 2 mean services before it: long ones are found more often.
    return exp(-boot_s / (service_s * (1 + history.service.variation) / 2))


def _load(busy: int, rate: Rate, history: History, service_s: float, boot_s: float) -> Load:
    """Jobs in the system a boot from now, if nobody had to wait: those that stay, and those that come."""
    stays = _stays(history, service_s, boot_s)
    comes = rate.per_s * service_s * (1 - stays)
    mean = busy * stays + comes
    guessed = comes * (1 - stays) * service_s / rate.window_s
    spread = busy * stays * (1 - stays) + comes * rate.dispersion + guessed
    return Load(
        mean=mean,
        peakedness=max(spread / mean, LEAST_PEAKEDNESS) if mean > 0 else 1.0,
        rate=rate.per_s,
        service_s=service_s,
        variation=(rate.dispersion + history.service.variation) / 2,
        boot_s=boot_s,
    )


def _for_queue(snapshot: Snapshot, limits: Limits, busy: int, service_s: float, boot_s: float) -> int:
    """Instances for the queue: as many as cost less to boot than the waiting they save.

    n instances for q jobs cost n boots and q * q * service / (2 n) seconds of waiting; the sum is least
    at n = q * sqrt(price * service / (2 boot)). What the busy ones take over within a boot needs none.
    Once the oldest job is late there is no more counting on that.
    """
    if not snapshot.queued:
        return 0
    freed = 0.0 if snapshot.oldest_s > limits.wait_objective_s else busy * boot_s / service_s
    left = max(0.0, snapshot.queued - freed)
    share = min(1.0, sqrt(limits.wait_price * service_s / (2 * boot_s)))
    return busy + max(ceil(left * share - SMALLEST), 0 if busy else 1)
