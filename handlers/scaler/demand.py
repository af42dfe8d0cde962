"""What the fleet needs: capacity for the load to come, and for the queue that is already there."""

from dataclasses import dataclass
from math import ceil, exp, sqrt

from .history import BUCKET_S, History
from .limits import Limits
from .snapshot import Snapshot, Stage
from .staffing import Load, Prices, standby

WINDOWS = (2, 5, 10, 20, 40)
SURPRISE = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """The instances a fleet needs, and the estimates behind the number.

    Attributes:
        instances: launch up to this many.
        because: what decided it: the load to come or the queue that is there.
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """Arrivals per second, over how many seconds they were counted, and their variance over their mean."""

    per_s: float
    window_s: float
    dispersion: float


def need(snapshot: Snapshot, limits: Limits) -> Need:
    """The instances for the moment at which a launch of now would be ready."""
    history = snapshot.history.at(snapshot.taken_at)
    service_s = max(history.service.blended(limits.service_s), 1e-3)
    boot_s = max(history.boot.blended(limits.boot_s), 1e-3)
    rate = forecast(history, snapshot.taken_at)
    busy = sum(1 for one in snapshot.instances if one.stage is Stage.BUSY)
    variation = history.service.variation
    stays = exp(-boot_s / (service_s * (1 + variation) / 2))
    comes = rate.per_s * service_s * (1 - stays)
    mean = busy * stays + comes
    guessed = comes * (1 - stays) * service_s / rate.window_s
    spread = busy * stays * (1 - stays) + comes * rate.dispersion + guessed
    price = late_price(history, limits, boot_s)
    spare = 0.0
    if rate.per_s > 0:
        spare = standby(
            Load(
                mean=mean,
                peakedness=max(spread / mean, 0.05),
                rate=rate.per_s,
                service_s=service_s,
                variation=(rate.dispersion + variation) / 2,
                boot_s=boot_s,
            ),
            Prices(late_start=price, objective_s=limits.wait_objective_s),
            limits.maximum,
        )
    expected = ceil(mean + snapshot.queued * stays + spare - 1e-6) if spare or snapshot.queued else 0
    backlog = _for_backlog(snapshot, limits, busy, service_s, boot_s)
    return Need(
        instances=min(max(expected, backlog, limits.minimum), limits.maximum),
        because="the queue" if backlog > expected else "the load to come",
        arrivals_per_s=rate.per_s,
        service_s=service_s,
        boot_s=boot_s,
        load=mean,
        standby=spare,
        late_start=price,
    )


def late_price(history: History, limits: Limits, boot_s: float) -> float:
    """What a late start may cost now: the operator's price of a boot's wait, scaled by the pressure."""
    return limits.wait_price * boot_s * exp(history.pressure)


def forecast(history: History, now: float) -> Rate:
    """The rate over the longest window that no shorter one contradicts (Lepski's rule)."""
    arrivals, running = history.arrivals, max(now - history.minute, 0.0)
    chosen: tuple[float, float] | None = None
    low, high = 0.0, float("inf")
    for minutes in WINDOWS:
        if chosen and len(arrivals) <= minutes // 2:
            break
        counted = float(sum(arrivals[-minutes - 1 :]))
        seconds = (min(minutes, len(arrivals) - 1)) * BUCKET_S + running
        seconds = max(seconds, 15.0)
        per_s, noise = counted / seconds, SURPRISE * sqrt(counted + 1) / seconds
        if chosen and (per_s > high or per_s < low):
            break
        low, high = max(low, per_s - noise), min(high, per_s + noise)
        chosen = (per_s, seconds)
    per_s, seconds = chosen or (0.0, BUCKET_S)
    return Rate(per_s=per_s, window_s=seconds, dispersion=_dispersion(arrivals))


def _dispersion(arrivals: tuple[int, ...]) -> float:
    """Variance over mean of the counts per minute, blind to slow change."""
    whole = arrivals[:-1]
    total = sum(whole)
    if len(whole) < 10 or total < 10:  # noqa: PLR2004 - too few to tell bursts from chance
        return 1.0
    moved = sum((after - before) ** 2 for before, after in zip(whole, whole[1:], strict=False)) / 2
    return min(max(1.0, moved / total), 10.0)


def _for_backlog(snapshot: Snapshot, limits: Limits, busy: int, service_s: float, boot_s: float) -> int:
    """Instances that clear the queue: as many as cost less to boot than the waiting they save."""
    freed = 0.0 if snapshot.oldest_s > limits.wait_objective_s else busy * boot_s / service_s
    left = max(0.0, snapshot.queued - freed)
    share = min(1.0, sqrt(limits.wait_price * service_s / (2 * boot_s)))
    return busy + ceil(left * share) if left else busy + min(snapshot.queued, 1)
