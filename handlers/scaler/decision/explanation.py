"""A decision in words: the code for the API, and one sentence for whoever asks."""

from handlers.jobs.reasons import WaitReason
from handlers.scaler.decision.bounds import Bounds
from handlers.scaler.decision.demand import Need
from handlers.scaler.decision.headcount import Headcount
from handlers.scaler.decision.memory import OPEN
from handlers.scaler.decision.snapshot import LaunchError, Snapshot

REFUSALS = (
    (LaunchError.CONFIGURATION, WaitReason.LAUNCH_REFUSED),
    (LaunchError.QUOTA, WaitReason.QUOTA_REACHED),
)
OUT_OF_STOCK = frozenset({LaunchError.CAPACITY, LaunchError.SPOT_CAPACITY})


def wait_reason(
    snapshot: Snapshot, headcount: Headcount, bounds: Bounds, *, launched: int, short: int
) -> WaitReason:
    """Why the next job in the queue is not rendered yet.

    `launched` are instances asked for now, `short` those that would have been worth it and are not allowed.
    """
    if not snapshot.queued and not headcount.idle:
        return WaitReason.STARTING
    if len(headcount.idle) >= snapshot.queued:
        return WaitReason.WORKER_AVAILABLE
    refused = _refused(snapshot, bounds) if headcount.missing else None
    if refused:
        return refused
    if launched or headcount.coming or headcount.owed:
        return WaitReason.LAUNCHES_FAIL if snapshot.boot_failure else WaitReason.INSTANCE_BOOTING
    # Without any shortage the busy workers will be free sooner than a launch would be ready.
    return bounds.binding if short > 0 else WaitReason.WORKER_AVAILABLE


def _refused(snapshot: Snapshot, bounds: Bounds) -> WaitReason | None:
    """Why what was asked for is not launched, the reason that only an operator can remove first."""
    reasons = [reason for error, reason in REFUSALS if error in snapshot.launch_errors]
    if reasons:
        return reasons[0]
    if bounds.capacity.circuit is OPEN:
        return WaitReason.CAPACITY_BREAKER_OPEN
    return WaitReason.NO_CAPACITY if OUT_OF_STOCK & set(snapshot.launch_errors) else None


def sentence(snapshot: Snapshot, headcount: Headcount, wanted: Need, goal: int, desired: int) -> str:
    """What is done, what was seen, and what it was compared with."""
    if desired > snapshot.desired:
        done = f"raise desired from {snapshot.desired} to {desired}"
    elif desired < snapshot.desired:
        done = f"drain {snapshot.desired - desired} idle, desired from {snapshot.desired} to {desired}"
    else:
        done = f"keep desired at {desired}"
    seen = (
        f"{snapshot.queued} queued, {headcount.busy} busy, {len(headcount.idle)} idle, "
        f"{len(headcount.coming) + headcount.owed} coming"
    )
    goal_text = f"{goal} wanted for the {wanted.because}"
    if goal < wanted.instances:
        goal_text += f" ({wanted.instances} without the limits)"
    spare = max(0.0, wanted.standby)
    expectation = f"{wanted.load:.1f} jobs expected after a boot, {spare:.1f} standby worth its price"
    blind = f"; {snapshot.blind}, so nothing is drained or replaced" if snapshot.blind else ""
    failed = f"; the last boot failed: {snapshot.boot_failure}" if snapshot.boot_failure else ""
    return f"{done}: {seen}; {goal_text}: {expectation}{failed}{blind}"
