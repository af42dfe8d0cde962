"""Why the agent has to leave, as the heartbeat, the signal handler and the main loop share it.

Only plain values, no locks: a signal handler runs between any two steps of the main thread and must not wait.
"""

import time
from collections.abc import Callable
from enum import StrEnum

SLICE_SECONDS = 0.1


class LeaveReason(StrEnum):
    """Who wants the instance or the process gone."""

    MARKED = "marked"
    """The scaler marked the worker as draining; it ends the instance next."""
    TERMINATING = "terminating"
    """The group ends the instance; its termination hook waits for the agent."""
    SPOT = "spot"
    """EC2 takes the instance back within two minutes."""
    SIGNAL = "signal"
    """SIGTERM or SIGINT: the service is stopped or restarted."""
    QUARANTINE = "quarantine"
    """The engine crashed on too many jobs in a row here."""


_URGENT = frozenset({LeaveReason.SPOT, LeaveReason.SIGNAL})


class Orders:
    """The reasons to leave that have come in so far."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._reasons: frozenset[LeaveReason] = frozenset()
        self._sleep = sleep

    def leave(self, reason: LeaveReason) -> bool:
        """Takes note; True when this reason is new."""
        new = reason not in self._reasons
        self._reasons |= {reason}
        return new

    def has(self, reason: LeaveReason) -> bool:
        """Whether this reason is among them."""
        return reason in self._reasons

    @property
    def leaving(self) -> bool:
        """Nothing more may be claimed."""
        return bool(self._reasons)

    @property
    def urgent(self) -> bool:
        """The present job has to be handed back at once."""
        return bool(self._reasons & _URGENT)

    def pause(self, seconds: float) -> None:
        """Sleeps, but not through an urgent order that comes in meanwhile."""
        already = self.urgent
        slices = max(1, round(seconds / SLICE_SECONDS))
        for _ in range(slices):
            if self.urgent and not already:
                return
            self._sleep(seconds / slices)
