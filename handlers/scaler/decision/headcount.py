"""One count of a group's instances, for everything that a decision asks about them."""

from dataclasses import dataclass

from handlers.scaler.decision.limits import Limits
from handlers.scaler.decision.snapshot import Instance, Snapshot, Stage

BUSY, IDLE, DRAINING, LEAVING = Stage.BUSY, Stage.IDLE, Stage.DRAINING, Stage.LEAVING
"""Looked up once: a decision asks for the stage of each of a thousand instances."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Headcount:
    """Instances by what they are good for.

    Attributes:
        busy: rendering, and heard of lately.
        ages: seconds for which each of the busy ones has been at its render.
        idle: ready for a job, and heard of lately.
        coming: launched and not yet ready, each within the deadline of its stage.
        sick: silent for too long, or past the deadline of their boot stage.
        draining: marked to leave, without a job, not yet ended.
        doomed: about to be taken away by AWS, or leaving already.
        abandoned: the doomed whose end waits for an agent that has been silent for too long.
        owed: asked for and not yet launched.
        missing: desired minus all that are there, the part of `owed` that no replacement explains.
    """

    busy: int
    ages: tuple[float, ...]
    idle: tuple[Instance, ...]
    coming: tuple[Instance, ...]
    sick: tuple[Instance, ...]
    draining: tuple[Instance, ...]
    doomed: int
    abandoned: tuple[Instance, ...]
    owed: int
    missing: int

    @property
    def capacity(self) -> int:
        """What works now or will without another order."""
        return self.busy + len(self.idle) + len(self.coming) + self.owed


def count(snapshot: Snapshot, limits: Limits) -> Headcount:
    """Sort the instances of a snapshot."""
    now = snapshot.taken_at
    doomed = 0
    ages: list[float] = []
    idle: list[Instance] = []
    coming: list[Instance] = []
    sick: list[Instance] = []
    draining: list[Instance] = []
    abandoned: list[Instance] = []
    for one in snapshot.instances:
        stage = one.stage
        if one.interrupted or stage is LEAVING:
            doomed += 1
            if one.held and one.silent_s > limits.silence_s:
                abandoned.append(one)
        elif stage is DRAINING:
            draining.append(one)
        elif stage is BUSY or stage is IDLE:
            if one.silent_s > limits.silence_s:
                sick.append(one)
            elif stage is BUSY:
                ages.append(max(0.0, now - one.since))
            else:
                idle.append(one)
        else:
            (sick if now - one.since > _deadline(stage, limits) else coming).append(one)
    listed = len(snapshot.instances) - doomed
    return Headcount(
        busy=len(ages),
        ages=tuple(ages),
        idle=tuple(idle),
        coming=tuple(coming),
        sick=tuple(sick),
        draining=tuple(draining),
        doomed=doomed,
        abandoned=tuple(abandoned),
        # What AWS takes away or is reported unhealthy is launched again by the group itself.
        owed=max(0, snapshot.desired - listed),
        missing=max(0, snapshot.desired - len(snapshot.instances)),
    )


def _deadline(stage: Stage, limits: Limits) -> float:
    """How long an instance may be in a stage; nothing tells when its bootstrap begins, unless it fails."""
    if stage is Stage.LAUNCHED:
        return limits.launch_deadline_s + limits.bootstrap_deadline_s
    return limits.bootstrap_deadline_s if stage is Stage.ONLINE else limits.heartbeat_deadline_s
