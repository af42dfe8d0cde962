"""A decision in words: the code for the API, and one sentence for whoever asks."""

from handlers.jobs.reasons import WaitReason

from .allowance import Allowance
from .census import Census
from .demand import Need
from .healing import Healing
from .memory import Circuit
from .snapshot import Snapshot


def wait_reason(
    snapshot: Snapshot, census: Census, healing: Healing, allowance: Allowance, *, short: int
) -> WaitReason:
    """Why the next job in the queue is not rendered yet; `short` are instances that were not granted."""
    if len(census.idle) >= max(snapshot.queued, 1):
        return WaitReason.WORKER_AVAILABLE
    if not snapshot.queued:
        return WaitReason.STARTING
    if short:
        return allowance.binding
    if census.missing and allowance.capacity.circuit is Circuit.OPEN:
        return WaitReason.CAPACITY_BREAKER_OPEN
    if census.missing and snapshot.launch_errors:
        return WaitReason.NO_CAPACITY
    sick = healing.breaker.circuit is Circuit.OPEN and not census.coming
    return WaitReason.FLEET_BREAKER_OPEN if sick else WaitReason.INSTANCE_BOOTING


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
    expectation = f"{wanted.load:.1f} jobs expected when a launch is ready, {wanted.standby:.1f} standby worth its price"
    blind = f"; {snapshot.blind}, so nothing is drained or replaced" if snapshot.blind else ""
    return f"{done}: {seen}; {goal_text}: {expectation}{blind}"
