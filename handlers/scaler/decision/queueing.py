"""How many instances a load is worth: the queueing theory, as plain functions."""

from dataclasses import dataclass
from math import erfc, exp, floor, pi, sqrt

ROOT2 = sqrt(2.0)


def tail(x: float) -> float:
    """The normal distribution's share above x."""
    return 0.5 * erfc(x / ROOT2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """What will want to be rendered when a launch of now is ready.

    Attributes:
        mean: expected jobs in the system if nobody had to wait.
        peakedness: variance over mean; 1 for independent arrivals, more for bursts, less for what is known.
        rate: arrivals per second.
        service_s: mean seconds of work of a job.
        variation: unevenness of arrivals and services; 1 for Poisson arrivals and exponential services.
        boot_s: seconds until a launch of now is ready.
    """

    mean: float
    peakedness: float
    rate: float
    service_s: float
    variation: float
    boot_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Prices:
    """What waiting costs, in seconds of an instance: a late start, and after how many seconds it is late."""

    late_start: float
    objective_s: float


def standby(load: Load, prices: Prices, most: int) -> float:
    """Instances worth keeping beyond the expected load; a fraction, which may be just below zero.

    Another instance is worth it while the late starts and the launches it saves per second cost more
    than the share of time for which it would idle.
    """
    servers = floor(load.mean)
    found = _found_busy(load, servers)
    late, unhelped = (
        _longer(load, servers, found, prices.objective_s),
        _longer(load, servers, found, load.boot_s),
    )
    while servers < most:
        found = _found_busy(load, servers + 1)
        late_after = _longer(load, servers + 1, found, prices.objective_s)
        unhelped_after = _longer(load, servers + 1, found, load.boot_s)
        saved = load.rate * (
            prices.late_start * (late - late_after) + load.boot_s * (unhelped - unhelped_after)
        )
        if saved < 1 - found:
            break
        servers, late, unhelped = servers + 1, late_after, unhelped_after
    return servers - load.mean


def _found_busy(load: Load, servers: int) -> float:
    """The share of arrivals that finds all servers busy (Halfin and Whitt; Erlang where exact is cheap)."""
    if servers <= load.mean:
        return 1.0
    scale = load.peakedness
    if scale < 1 or load.mean > 30 * scale:
        beta = (servers - load.mean) / sqrt(load.mean * scale)
        return 1 / (1 + beta * (1 - tail(beta)) * sqrt(2 * pi) * exp(min(beta * beta / 2, 700)))
    return _erlang(servers / scale, load.mean / scale)


def _erlang(servers: float, load: float) -> float:
    """Erlang's C; between two whole numbers of servers, the geometric mean."""
    blocked, whole = 1.0, floor(servers)
    for n in range(1, whole + 1):
        blocked = load * blocked / (n + load * blocked)
    after = load * blocked / (whole + 1 + load * blocked)
    at = min(1.0, blocked * whole / (whole - load * (1 - blocked))) if whole > load else 1.0
    more = min(1.0, after * (whole + 1) / (whole + 1 - load * (1 - after))) if whole + 1 > load else 1.0
    part = servers - whole
    return float(at ** (1 - part) * more**part)


def _longer(load: Load, servers: int, found: float, seconds: float) -> float:
    """The share of arrivals that waits longer than this before a launch of now could have helped them.

    Once all are busy the queue is a Brownian motion; the wait is longer when the queue passes what
    the servers clear in that time, within the time of a boot.
    """
    if not servers:
        return 1.0 if seconds < load.boot_s else 0.0
    drift = (servers - load.mean) / load.service_s
    spread2 = 2 * max(load.mean, 1e-9) * load.variation / load.service_s
    level = servers * seconds / load.service_s
    width = sqrt(spread2 * load.boot_s)
    beyond = tail((level + drift * load.boot_s) / width)
    beyond += exp(min(max(-2 * drift * level / spread2, -700.0), 700.0)) * tail(
        (level - drift * load.boot_s) / width
    )
    return found * min(1.0, beyond)
