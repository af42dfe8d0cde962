"""What a clairvoyant would pay: the least instance-seconds with which no job ever waits."""

from dataclasses import dataclass

import numpy as np

from simulator.trace import Trace


@dataclass(frozen=True, kw_only=True)
class Bound:
    """Instance-seconds of the clairvoyant, how many instances it runs at most, and its launches."""

    seconds: float
    peak: int
    launches: int


def zero_wait(trace: Trace, boot_s: float) -> Bound:
    """The cheapest schedule that knows every arrival and has an instance ready for each.

    The n-th instance is needed whenever n jobs are in work. Between two needs it is either kept
    idle or ended and launched again in time, whichever costs less: the gap or a boot.
    """
    times = np.concatenate([trace.arrival, trace.arrival + trace.service])
    steps = np.concatenate([np.ones(len(trace)), -np.ones(len(trace))])
    # Of equal times the departure comes first: its instance serves the arrival.
    order = np.lexsort((steps, times))
    free: list[float] = []
    level = launches = 0
    idle = 0.0
    for time, step in zip(times[order].tolist(), steps[order].tolist(), strict=True):
        if step < 0:
            level -= 1
            free[level] = time
            continue
        level += 1
        if level > len(free):
            free.append(time)
            launches += 1
            continue
        gap = time - free[level - 1]
        if gap > boot_s:
            launches += 1
        else:
            idle += gap
    return Bound(seconds=trace.work_s + idle + launches * boot_s, peak=len(free), launches=launches)
