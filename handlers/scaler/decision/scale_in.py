"""Which instances leave: idle ones that stayed unwanted for as long as it pays to keep them."""

from dataclasses import dataclass

from handlers.scaler.decision.headcount import Headcount
from handlers.scaler.decision.idle_gaps import Seen, idle_time, observed, peak
from handlers.scaler.decision.limits import Limits
from handlers.scaler.decision.snapshot import Snapshot


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaving:
    """Idle instances to drain now, what was seen of the demand, and when the next one may leave."""

    drain: tuple[str, ...]
    seen: Seen
    next_in_s: float


def leaving(snapshot: Snapshot, limits: Limits, headcount: Headcount, goal: int) -> Leaving:
    """Drain what was unwanted for the whole idle time and is idle, and has used its paid time.

    What AWS owes the group counts for nothing here: an instance that cannot be launched replaces none.
    """
    now, memory = snapshot.taken_at, snapshot.memory
    boot_s = snapshot.history.expected_boot(limits.boot_s)
    seen = observed(memory.peaks, memory.gaps, now=now, wanted=goal, boot_s=boot_s)
    stay_s = _idle_time(seen, limits, boot_s)
    have = headcount.busy + len(headcount.idle) + len(headcount.coming)
    most = peak(seen.peaks, now - stay_s)
    lasting = 0 if most is None or snapshot.blind is not None else max(0, have - most)
    paid = [one for one in headcount.idle if now - one.launched_at >= limits.billing_minimum_s]
    chosen = sorted(paid, key=lambda one: (one.since, one.id))[:lasting]
    left = have - len(chosen)
    waits = [since + stay_s - now for since, level in seen.peaks if level < left and since + stay_s > now]
    return Leaving(
        drain=tuple(one.id for one in chosen), seen=seen, next_in_s=min(waits, default=float("inf"))
    )


def _idle_time(seen: Seen, limits: Limits, boot_s: float) -> float:
    if limits.idle_before_scale_in_s == "never":
        return float("inf")
    if limits.idle_before_scale_in_s == "priced":
        return idle_time(seen.gaps, boot_s)
    return float(limits.idle_before_scale_in_s)
