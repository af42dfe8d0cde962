"""How many instances a fleet should have and which leave. Pure: no clock, no network, no logging."""

from dataclasses import dataclass, replace

from handlers.jobs.reasons import WaitReason

from .demand import Need, need
from .healing import Healing, heal
from .limits import Limits
from .memory import Memory
from .snapshot import Instance, Snapshot, Stage
from .surplus import leaving

__all__ = ("Decision", "Instance", "Limits", "Snapshot", "Stage", "decide")


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What to do now, and why.

    Attributes:
        desired: the desired capacity once everything below is done.
        raise_to: set desired to this; None leaves it to the drains.
        drain: idle instances to mark draining and then end, each lowering desired by one.
        reuse: draining instances to take back instead of launching.
        replace: instances to report unhealthy, so that the group replaces them.
        memory: what the next decision has to know.
        next_look_s: look again after this many seconds even if nothing happens.
        code: why a queued job waits, for the API.
        reason: the whole decision in one sentence.
        need: the numbers behind it.
    """

    desired: int
    raise_to: int | None
    drain: tuple[str, ...]
    reuse: tuple[str, ...]
    replace: tuple[str, ...]
    memory: Memory
    next_look_s: float
    code: WaitReason
    reason: str
    need: Need


def decide(snapshot: Snapshot, limits: Limits) -> Decision:
    """The one function that sizes a fleet; the Lambda, the simulator and the replay all call it."""
    now, memory = snapshot.taken_at, snapshot.memory
    healing = heal(snapshot, limits)
    wanted = need(snapshot, limits)
    usable = tuple(one for one in snapshot.instances if one.id not in healing.replace)
    working = [one for one in usable if one.stage.present and not one.interrupted]
    coming = [one for one in usable if one.stage.coming]
    # Unlaunched instances that desired already asks for are coming too: asking twice launches twice.
    owed = max(0, snapshot.desired - len(snapshot.instances))
    have = len(working) + len(coming) + len(healing.replace) + owed
    short = max(0, wanted.instances - have)
    reuse = tuple(one.id for one in _reusable(usable))[:short]
    raise_to = _raised(snapshot, limits, short - len(reuse))
    surplus = 0 if raise_to or reuse else max(0, have - wanted.instances)
    drains, remembered = leaving(snapshot, limits, surplus)
    desired = (raise_to or snapshot.desired) - len(drains)
    return Decision(
        desired=desired,
        raise_to=raise_to,
        drain=drains,
        reuse=reuse,
        replace=healing.replace,
        memory=replace(
            memory,
            fleet=healing.breaker,
            replaced=healing.replaced,
            surplus=remembered,
            last_out=now if raise_to else memory.last_out,
            last_in=now if drains else memory.last_in,
        ),
        next_look_s=limits.look_s,
        code=_code(snapshot, limits, healing, len(coming) + owed + max(0, desired - snapshot.desired)),
        reason=_reason(snapshot, wanted, desired, have, drains),
        need=wanted,
    )


def _reusable(instances: tuple[Instance, ...]) -> list[Instance]:
    return [one for one in instances if one.stage is Stage.DRAINING and not one.interrupted]


def _raised(snapshot: Snapshot, limits: Limits, short: int) -> int | None:
    goal = min(snapshot.desired + max(short, 0), limits.maximum)
    goal = max(goal, min(limits.minimum, limits.maximum))
    return goal if goal > snapshot.desired else None


def _code(snapshot: Snapshot, limits: Limits, healing: Healing, coming: int) -> WaitReason:
    idle = sum(1 for one in snapshot.instances if one.stage is Stage.IDLE)
    if idle and idle >= snapshot.queued:
        return WaitReason.WORKER_AVAILABLE
    if not snapshot.queued:
        return WaitReason.STARTING
    if healing.open:
        return WaitReason.FLEET_BREAKER_OPEN
    if coming:
        return WaitReason.INSTANCE_BOOTING
    return WaitReason.FLEET_AT_MAXIMUM if snapshot.desired >= limits.maximum else WaitReason.NO_CAPACITY


def _reason(snapshot: Snapshot, wanted: Need, desired: int, have: int, drains: tuple[str, ...]) -> str:
    seen = f"{snapshot.queued} queued, {have} present or coming, {wanted.instances} needed ({wanted.because})"
    if desired > snapshot.desired:
        return f"raise desired from {snapshot.desired} to {desired}: {seen}"
    if drains:
        return f"drain {len(drains)} idle, desired from {snapshot.desired} to {desired}: {seen}"
    return f"keep desired at {snapshot.desired}: {seen}"
