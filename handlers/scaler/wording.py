"""A decision in words: the code for the API, and one sentence for whoever asks."""

from handlers.jobs.reasons import WaitReason

from .allowance import Allowance
from .census import Census
from .demand import Need
from .memory import Circuit
from .snapshot import Snapshot


def wait_reason(
    snapshot: Snapshot, census: Census, allowance: Allowance, *, launched: int, short: int
) -> WaitReason:
    """Why the next job in the queue is not rendered yet.

    `launched` are instances asked for now, `short` those that would have been worth it and are not allowed.
    """
    if not snapshot.queued and not census.idle:
        return WaitReason.STARTING
    if len(census.idle) >= snapshot.queued:
        return WaitReason.WORKER_AVAILABLE
    if census.missing and allowance.capacity.circuit is Circuit.OPEN:
        return WaitReason.CAPACITY_BREAKER_OPEN
    if census.missing and snapshot.launch_errors:
        return WaitReason.NO_CAPACITY
    if launched or census.coming or census.owed:
        return WaitReason.INSTANCE_BOOTING
    # Without any shortage the busy workers will be free sooner than a launch would be ready.
    return allowance.binding if short else WaitReason.WORKER_AVAILABLE


def sentence(snapshot: Snapshot, census: Census, wanted: Need, goal: int, desired: int) -> str:
    """What is done, what was seen, and what it was compared with."""
    if desired > snapshot.desired:
        done = f"raise desired from {snapshot.desired} to {desired}"
    elif desired < snapshot.desired:
        done = f"drain {snapshot.desired - desired} idle, desired from {snapshot.desired} to {desired}"
    else:
        done = f"keep desired at {desired}"
    seen = (
        f"{snapshot.queued} queued, {census.busy} busy, {len(census.idle)} idle, "
        f"{len(census.coming) + census.owed} coming"
    )
    goal_text = f"{goal} wanted for the {wanted.because}"
    if goal < wanted.instances:
        goal_text += f" ({wanted.instances} without the limits)"
    spare = max(0.0, wanted.standby)
    expectation = f"{wanted.load:.1f} jobs expected after a boot, {spare:.1f} standby worth its price"
    blind = f"; {snapshot.blind}, so nothing is drained or replaced" if snapshot.blind else ""
    return f"{done}: {seen}; {goal_text}: {expectation}{blind}"
