"""How many instances a load needs: the queueing theory, as plain functions."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, exp

LEAST_PEAKEDNESS = 0.25


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """What will want to be rendered at one moment, in instances.

    Attributes:
        mean: expected jobs in the system if nobody had to wait.
        peakedness: variance over mean; 1 for independent arrivals, more for bursts, less when most is known.
    """

    mean: float
    peakedness: float


def waiting_share(load: float) -> Iterator[float]:
    """Erlang's C for 0, 1, 2, ... servers: the share of arrivals that finds all of them busy."""
    blocked = 1.0
    servers = 0
    yield 1.0
    while True:
        servers += 1
        blocked = load * blocked / (servers + load * blocked)
        yield 1.0 if servers <= load else blocked * servers / (servers - load * (1 - blocked))


def instances_for(load: Load, *, late_share: float, patience: float, most: int) -> int:
    """The fewest instances that leave at most this share of arrivals waiting longer than their patience.

    Hayward's approximation carries bursty arrivals: a load with peakedness z needs z times what a
    load of one z-th needs. `patience` is the allowed wait in service times.
    """
    if load.mean <= 0:
        return 0
    scale = max(load.peakedness, LEAST_PEAKEDNESS)
    scaled = load.mean / scale
    for servers, share in enumerate(waiting_share(scaled)):
        spare = servers - scaled
        late = share if spare <= 0 else share * exp(-spare * patience)
        if late <= late_share and spare > 0:
            return min(most, ceil(servers * scale - 1e-9))
        if servers * scale >= most:
            return most
    return most
