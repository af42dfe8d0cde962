"""What the notifier needs from the world, in its own words; `aws.py` has the deployed answers."""

from dataclasses import dataclass
from typing import Protocol

from handlers.jobs.model import Job


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How far the delivery of one job's webhook is, and with which attempt the job had ended.

    A failed job that an operator has tried anew ends again, with a later attempt: that is told too.
    """

    ended_with: int
    attempts: int = 0
    delivered: bool = False


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One attempt to deliver, for the log that customers and operators read."""

    at: float
    delivered: bool
    error: str | None


class Log(Protocol):
    """The delivery log in the table."""

    def standing(self, job_id: str) -> Standing | None:
        """How far it is; None when it was never tried."""

    def record(self, job: Job, before: Standing, entry: Entry) -> None:
        """An attempt was made."""


class Webhooks(Protocol):
    """The way onto the notification queue."""

    def queue(self, job: Job, *, now: float) -> bool:
        """Have the ended job's webhook delivered; False when that was seen to already."""


class Queue(Protocol):
    """The notification queue."""

    def postpone(self, receipt: str, seconds: int) -> None:
        """Have a message come back only after a while."""


class Secrets(Protocol):
    """The tenants' signing secrets."""

    def of(self, tenant: str) -> str | None:
        """The tenant's secret or secrets; None when it has none."""


class Jobs(Protocol):
    """The jobs in the table."""

    def get(self, job_id: str) -> Job | None:
        """The job as it is now."""
