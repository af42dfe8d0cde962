"""The ports of the notifier; `aws.py` implements them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from handlers.jobs.messages.webhooks import TestMessage, WebhookMessage
from handlers.jobs.model import Job
from handlers.jobs.store.customers.webhook_endpoints import WebhookEndpoint
from handlers.jobs.store.webhook_addresses import WebhookAddress


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The state of one delivery of a job's webhook, and the attempt with which the job had ended.

    A failed job that an operator queues again ends again, with a later attempt and another webhook.
    `attempts` counts those of all deliveries of the job.
    """

    ended_with: int
    attempts: int = 0
    delivered: bool = False
    given_up: bool = False

    def covers(self, job: Job) -> bool:
        """Whether the delivery is for this end of the job, not for one before a redrive."""
        return self.ended_with >= job.attempt


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One attempt to deliver, for the log that customers and operators read."""

    at: float
    webhook_id: str
    delivered: bool
    error: str | None
    given_up: bool = False


class Log(Protocol):
    """The delivery log in the table."""

    def of(self, message: WebhookMessage) -> Standing | None:
        """The state of this delivery alone; None before it is queued."""

    def note_queued(self, job: Job, message: WebhookMessage, before: Standing | None, *, now: float) -> None:
        """Note that the delivery is queued."""

    def standing(self, message: WebhookMessage) -> Standing | None:
        """The state of the delivery; that of a redelivery counts on from the attempts before it."""

    def record(self, job: Job, message: WebhookMessage, before: Standing, entry: Entry) -> None:
        """Record an attempt."""


class Addresses(Protocol):
    """Where webhooks go, as it was submitted."""

    def of(self, job: Job, *, now: float) -> WebhookAddress | None:
        """The address of the job's webhook; None when nobody whom to believe has stored one."""


class Webhooks(Protocol):
    """Queues webhooks."""

    def queue(self, job: Job, *, now: float) -> bool:
        """Queue the ended job's webhook; False when it was queued already."""

    def send(self, message: WebhookMessage | TestMessage, *, tenant: str) -> None:
        """Queue one delivery."""


class Usage(Protocol):
    """What tenants' renders have used."""

    def count(self, job: Job, *, now: float) -> bool:
        """Count an ended job; False when it is counted already."""


class Queue(Protocol):
    """The notification queue."""

    def postpone(self, receipt: str, seconds: int) -> None:
        """Make a message invisible for some time."""


class Secrets(Protocol):
    """The signing secrets of tenants and of their endpoints."""

    def of(self, name: str) -> str | None:
        """The secret or secrets of this name; None when there is none."""


class Endpoints(Protocol):
    """The tenants' webhook endpoints."""

    def of(self, tenant: str) -> Sequence[WebhookEndpoint]:
        """The tenant's endpoints."""

    def change_one(
        self, tenant: str, endpoint_id: str, edit: Callable[[WebhookEndpoint], WebhookEndpoint]
    ) -> WebhookEndpoint | None:
        """Change one of them; None when it is gone."""


class Jobs(Protocol):
    """The jobs in the table."""

    def get(self, job_id: str) -> Job | None:
        """Read the job.

        Raises:
            UnreadableItemError: its item holds what this service never writes.
        """
