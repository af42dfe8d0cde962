"""What the fleet needs: capacity for the load to come, and for the queue that is already there."""

from dataclasses import dataclass
from math import ceil, exp, sqrt

from .history import BUCKET_S, History
from .limits import Limits
from .snapshot import Snapshot, Stage
from .staffing import Load, instances_for


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """The instances a fleet needs, and the estimates behind the number.

    Attributes:
        instances: launch up to this many.
        keep: do not drain below this many.
        because: what decided it: the load to come or the queue that is there.
        arrivals_per_s: jobs per second expected.
        service_s: seconds per job expected.
        boot_s: seconds until a launch becomes capacity.
        load: jobs in the system expected when a launch of now is ready.
    """

    instances: int
    keep: int
    because: str
    arrivals_per_s: float
    service_s: float
    boot_s: float
    load: float


def need(snapshot: Snapshot, limits: Limits) -> Need:
    """The instances for the moment at which a launch of now would be ready."""
    history = snapshot.history.at(snapshot.taken_at)
    service_s = max(history.service.blended(limits.service_s), 1e-3)
    boot_s = max(history.boot.blended(limits.boot_s), 1e-3)
    rate = _rate(history, snapshot.taken_at)
    busy = sum(1 for one in snapshot.instances if one.stage is Stage.BUSY)
    stays = exp(-boot_s / service_s)
    present = busy + snapshot.queued
    load = present * stays + rate * service_s * (1 - stays)
    spread = (present * stays * (1 - stays) + rate * service_s * (1 - stays)) / load if load else 1.0
    standby = 0
    if boot_s > limits.wait_objective_s:
        standby = instances_for(
            Load(mean=load, peakedness=spread),
            late_share=1 - limits.wait_quantile,
            patience=limits.wait_objective_s / service_s,
            most=limits.maximum,
        )
    backlog = _for_backlog(snapshot, limits, busy, service_s, boot_s)
    instances = min(max(standby, backlog, limits.minimum), limits.maximum)
    return Need(
        instances=instances,
        keep=instances,
        because="the queue" if backlog > standby else "the load to come",
        arrivals_per_s=rate,
        service_s=service_s,
        boot_s=boot_s,
        load=load,
    )


def _rate(history: History, now: float) -> float:
    """Jobs per second: the last five minutes, weighted towards the present."""
    running = max(now - history.minute, 1.0)
    last = history.arrivals[-6:-1]
    return (
        (sum(last) + history.arrivals[-1]) / (len(last) * BUCKET_S + running)
        if last
        else history.arrivals[-1] / BUCKET_S
    )


def _for_backlog(snapshot: Snapshot, limits: Limits, busy: int, service_s: float, boot_s: float) -> int:
    """Instances that clear the queue: as many as cost less to boot than the waiting they save."""
    freed = busy * boot_s / service_s
    left = max(0.0, snapshot.queued - freed)
    share = min(1.0, sqrt(limits.wait_price * service_s / (2 * boot_s)))
    return busy + ceil(left * share) if left else busy + min(snapshot.queued, 1)
