"""Which instances leave: idle ones that stayed unwanted for as long as it pays to keep them.

The idle time is `idle_before_scale_in_s` of a fleet in Pulumi.<stack>.yaml; idle_gaps.py computes `priced`.
"""

from dataclasses import dataclass

from handlers.scaler.decision.headcount import Headcount
from handlers.scaler.decision.idle_gaps import UNSEEN, Peaks, Seen, idle_time, observed, peak
from handlers.scaler.decision.limits import Limits
from handlers.scaler.decision.snapshot import Snapshot


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaving:
    """Idle instances to drain now, the gaps between jobs, and what was worth keeping of late."""

    drain: tuple[str, ...]
    seen: Seen
    kept: Peaks


def leaving(snapshot: Snapshot, limits: Limits, headcount: Headcount, keep: int) -> Leaving:
    """Drain what was not worth keeping for the whole idle time and is idle, and has used its paid time.

    The idle time is learned from the jobs themselves, not from what was forecast of them. What AWS owes the
    group counts for nothing here: an instance that cannot be launched replaces none.
    """
    now, memory = snapshot.taken_at, snapshot.memory
    # To be without an instance costs a launch, and the start of a job that waits for it.
    launch_s = (1 + limits.wait_price) * snapshot.history.expected_boot(limits.boot_s)
    jobs = snapshot.queued + headcount.busy
    seen = observed(memory.jobs, memory.gaps, now=now, wanted=jobs, launch_s=launch_s)
    kept = observed(memory.peaks, UNSEEN, now=now, wanted=keep, launch_s=launch_s).peaks
    stay_s = _idle_time(seen, limits, launch_s)
    have = headcount.busy + len(headcount.idle) + len(headcount.coming)
    most = peak(kept, now - stay_s)
    lasting = 0 if most is None or snapshot.blind is not None else max(0, have - most)
    return Leaving(drain=_longest_idle(snapshot, limits, headcount, lasting), seen=seen, kept=kept)


def _longest_idle(snapshot: Snapshot, limits: Limits, headcount: Headcount, most: int) -> tuple[str, ...]:
    if not most:
        return ()
    now = snapshot.taken_at
    paid = [one for one in headcount.idle if now - one.launched_at >= limits.billing_minimum_s]
    return tuple(one.id for one in sorted(paid, key=lambda one: (one.since, one.id))[:most])


def _idle_time(seen: Seen, limits: Limits, launch_s: float) -> float:
    if limits.idle_before_scale_in_s == "never":
        return float("inf")
    if limits.idle_before_scale_in_s == "priced":
        return idle_time(seen.gaps, launch_s)
    return float(limits.idle_before_scale_in_s)
