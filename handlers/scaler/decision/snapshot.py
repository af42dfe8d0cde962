"""What the scaler sees when it looks: the queue, the group, its instances, and what it remembers."""

from dataclasses import dataclass, field
from enum import StrEnum

from handlers.scaler.decision.history import History
from handlers.scaler.decision.memory import Memory


class Stage(StrEnum):
    """How far an instance has come."""

    LAUNCHED = "launched"
    ONLINE = "online"
    REGISTERED = "registered"
    IDLE = "idle"
    BUSY = "busy"
    DRAINING = "draining"
    LEAVING = "leaving"

    @property
    def coming(self) -> bool:
        """Capacity that is on its way and has not yet worked."""
        return self in _COMING

    @property
    def present(self) -> bool:
        """Capacity that works or could work now."""
        return self in _PRESENT


_COMING = frozenset({Stage.LAUNCHED, Stage.ONLINE, Stage.REGISTERED})
_PRESENT = frozenset({Stage.IDLE, Stage.BUSY})


@dataclass(frozen=True, kw_only=True, slots=True)
class Instance:
    """One instance of the group.

    Attributes:
        id: its name at EC2.
        stage: how far it has come.
        launched_at: when it was launched (or first seen).
        since: when its present stage began: since when it is idle, or at its present render.
        silent_s: seconds since its last heartbeat; 0 for one that has none yet.
        interrupted: it is about to be taken away (spot notice) and must not be counted.
        held: it is leaving, and the termination hook waits for its agent to say that it may.
    """

    id: str
    stage: Stage
    launched_at: float
    since: float
    silent_s: float = 0.0
    interrupted: bool = False
    held: bool = False


class LaunchError(StrEnum):
    """Why the group could not launch, by what helps."""

    SPOT_CAPACITY = "spot_capacity"
    CAPACITY = "capacity"
    QUOTA = "quota"
    CONFIGURATION = "configuration"
    THROTTLED = "throttled"


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """One look at a fleet; nothing else may influence a decision.

    Attributes:
        taken_at: the time of the look, in seconds.
        queued: jobs that no worker has claimed.
        oldest_s: for how long the oldest of them has waited; 0 without any.
        desired: the desired capacity of the group.
        instances: every instance of the group that has not ended.
        history: arrivals, service times and waits observed so far.
        memory: what the previous decision asked to remember.
        launch_errors: why launches failed since the previous look.
        boot_failure: what the last bootstrap said that failed, while no worker has registered since.
        spot_share: the share of spot that the group launches with; None when it is not mixed.
        blind: what could not be seen; then nothing is drained or replaced.
    """

    taken_at: float
    queued: int
    oldest_s: float
    desired: int
    instances: tuple[Instance, ...]
    history: History
    memory: Memory = field(default_factory=Memory)
    launch_errors: tuple[LaunchError, ...] = ()
    boot_failure: str | None = None
    spot_share: float | None = None
    blind: str | None = None
