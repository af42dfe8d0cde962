"""How many instances a fleet should have and which leave. Pure: no clock, no network, no logging."""

from dataclasses import dataclass
from typing import ClassVar

from handlers.jobs.reasons import WaitReason
from handlers.scaler.decision.bounds import bounds_of
from handlers.scaler.decision.clocks import none_ahead
from handlers.scaler.decision.demand import Need, need
from handlers.scaler.decision.explanation import sentence, wait_reason
from handlers.scaler.decision.headcount import count
from handlers.scaler.decision.limits import Limits
from handlers.scaler.decision.load.forecast import judged
from handlers.scaler.decision.load.surges import foresee
from handlers.scaler.decision.memory import Memory
from handlers.scaler.decision.replacements import replacements_of
from handlers.scaler.decision.sanitize import sanitized
from handlers.scaler.decision.scale_in import leaving
from handlers.scaler.decision.snapshot import Snapshot


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What to do now, and why.

    Attributes:
        desired: the desired capacity once everything below is done.
        raise_to: set desired to this first; None leaves it as it is.
        drain: instances to mark draining and then end, each lowering desired by one.
        replace: instances to report unhealthy, so that the group replaces them: the sick, and draining ones
            whose place is needed again.
        release: terminating instances to let go, for their agents are silent and will not say that they may.
        spot_share: share of spot that the group should launch with, above the on-demand base.
        memory: what the next decision has to know, the breakers among it.
        code: why a queued job waits, for the API.
        reason: the whole decision in one sentence.
        need: the numbers behind it.
    """

    RETIRED: ClassVar = frozenset({"next_look_s"})

    desired: int
    raise_to: int | None
    drain: tuple[str, ...]
    replace: tuple[str, ...]
    spot_share: float
    memory: Memory
    code: WaitReason
    reason: str
    need: Need
    release: tuple[str, ...] = ()


def decide(snapshot: Snapshot, limits: Limits) -> Decision:
    """The one function that sizes a fleet; the Lambda, the simulator and the replay all call it."""
    snapshot = none_ahead(sanitized(snapshot))
    now, memory = snapshot.taken_at, snapshot.memory
    headcount = count(snapshot, limits)
    replacements = replacements_of(snapshot, limits, headcount)
    bounds = bounds_of(snapshot, limits, headcount, replacements)
    boot_s = snapshot.history.expected_boot(limits.boot_s)
    outlook = foresee(snapshot.history.arrived, memory.surge, now, boot_s)
    wanted, ahead, affordable = need(snapshot, limits, headcount, outlook)
    goal = min(wanted.instances, limits.maximum, bounds.affordable)
    have = headcount.capacity + len(replacements.replace)
    seeing = snapshot.blind is None
    # Desired still counts a draining instance: where it is needed again, the group replaces it.
    exchanged = tuple([one.id for one in headcount.draining[: max(0, goal - have)]]) if seeing else ()
    highest = snapshot.desired + max(0, goal - have - len(exchanged))
    raised = min(highest, max(bounds.highest, snapshot.desired))
    launched = raised - snapshot.desired
    leave = leaving(snapshot, limits, headcount, min(wanted.keep, limits.maximum, bounds.affordable))
    unfinished = tuple([one.id for one in headcount.draining[len(exchanged) :]]) if seeing else ()
    drain = (*unfinished, *leave.drain)
    # The group holds desired at its minimum, also where a hand lowered it below what is left to drain.
    desired = max(limits.minimum, raised - len(drain))
    return Decision(
        desired=desired,
        raise_to=raised if launched else None,
        drain=drain,
        replace=(*exchanged, *replacements.replace),
        spot_share=bounds.spot_share,
        memory=Memory(
            capacity=bounds.capacity,
            fleet=replacements.breaker,
            spot=bounds.spot,
            peaks=leave.kept,
            jobs=leave.seen.peaks,
            gaps=leave.seen.gaps,
            errors=judged(memory.errors, now, snapshot.queued + headcount.busy, ahead, affordable),
            beyond_help=wanted.beyond_help,
            surge=outlook.surge,
            replaced=replacements.replaced,
            launched=(*bounds.launched, (now, launched)) if launched else bounds.launched,
            unfulfilled_since=bounds.unfulfilled_since,
            members=len(snapshot.instances),
            boot_success=replacements.boot_success,
            boots=snapshot.history.boot.count,
            last_out=now if launched else memory.last_out,
            last_in=now if leave.drain else memory.last_in,
        ),
        code=wait_reason(
            snapshot,
            headcount,
            bounds,
            launched=launched,
            short=wanted.instances - have - len(exchanged) - launched,
        ),
        reason=sentence(snapshot, headcount, wanted, goal, desired),
        need=wanted,
        release=tuple([one.id for one in headcount.abandoned]) if seeing else (),
    )
