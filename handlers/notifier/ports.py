"""The ports of the notifier; `aws.py` implements them."""

from dataclasses import dataclass
from typing import Protocol

from handlers.jobs.model import Job
from handlers.jobs.store.webhook_addresses import WebhookAddress


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The state of the delivery of one job's webhook, and the attempt with which the job had ended.

    A failed job that an operator queues again ends again, with a later attempt and another webhook.
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
        """The state of the delivery; None before the first try."""

    def record(self, job: Job, before: Standing, entry: Entry) -> None:
        """Record an attempt."""


class Addresses(Protocol):
    """Where webhooks go, as it was submitted."""

    def of(self, job: Job, *, now: float) -> WebhookAddress | None:
        """The address of the job's webhook; None when nobody whom to believe has stored one."""


class Webhooks(Protocol):
    """Queues webhooks."""

    def queue(self, job: Job, *, now: float) -> bool:
        """Queue the ended job's webhook; False when it was queued already."""


class Usage(Protocol):
    """What tenants' renders have used."""

    def count(self, job: Job, *, now: float) -> bool:
        """Count an ended job; False when it is counted already."""


class Queue(Protocol):
    """The notification queue."""

    def postpone(self, receipt: str, seconds: int) -> None:
        """Make a message invisible for some time."""


class Secrets(Protocol):
    """The tenants' signing secrets."""

    def of(self, tenant: str) -> str | None:
        """The tenant's secret or secrets; None when it has none."""


class Jobs(Protocol):
    """The jobs in the table."""

    def get(self, job_id: str) -> Job | None:
        """Read the job.

        Raises:
            UnreadableItemError: its item holds what this service never writes.
        """
