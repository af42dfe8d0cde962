"""Results of conditional writes; losing a race is ordinary, so it is a value and not an exception."""

from enum import StrEnum


class ClaimRefusal(StrEnum):
    """Why a worker did not get the job."""

    ALREADY_TAKEN = "already_taken"
    NOT_WAITING = "not_waiting"
    NO_SUCH_JOB = "no_such_job"
    UNREADABLE = "unreadable"
    TENANT_AT_SHARE = "tenant_at_share"
    WORKER_DRAINING = "worker_draining"
    WORKER_BUSY = "worker_busy"
    WORKER_UNKNOWN = "worker_unknown"

    @property
    def message_is_spent(self) -> bool:
        """The render message is of no further use: delete it instead of returning it to the queue."""
        return self in _SPENT


_SPENT = frozenset({ClaimRefusal.ALREADY_TAKEN, ClaimRefusal.NOT_WAITING, ClaimRefusal.NO_SUCH_JOB})


class LeaseAnswer(StrEnum):
    """The result of renewing a lease."""

    HELD = "held"
    CANCEL_REQUESTED = "cancel_requested"
    LOST = "lost"


class FencedOff(StrEnum):
    """The attempt is no longer the job's current one; the worker's result does not count."""

    FENCED_OFF = "fenced_off"


class Registration(StrEnum):
    """Whether the worker may take jobs."""

    REGISTERED = "registered"
    DRAINING = "draining"


class DrainAnswer(StrEnum):
    """Whether the scaler may end a worker's instance: only after MARKED or ALREADY_DRAINING."""

    MARKED = "marked"
    ALREADY_DRAINING = "already_draining"
    BUSY = "busy"
    UNKNOWN = "unknown"


class DeleteRefusal(StrEnum):
    """Why a job was not deleted."""

    NO_SUCH_JOB = "no_such_job"
    NOT_FINAL = "not_final"


class RedriveRefusal(StrEnum):
    """Why a job is not tried again."""

    NO_SUCH_JOB = "no_such_job"
    UNREADABLE = "unreadable"
    CANCELLED = "cancelled"
    PERMANENT = "permanent"


class CancelRefusal(StrEnum):
    """Why a job cannot be cancelled."""

    NO_SUCH_JOB = "no_such_job"
    UNREADABLE = "unreadable"
    FINAL = "final"
