"""The result of one message: delivered, failed, or nothing to deliver."""

from dataclasses import dataclass

from handlers.jobs.messages.webhooks import WebhookMessage
from handlers.jobs.model import Job
from handlers.notifier.webhook import Webhook


@dataclass(frozen=True, kw_only=True)
class Post:
    """One request to a receiver: when it ended, the status of its answer, 0 without one, and the host.

    Never the URL, whose path may be a secret.
    """

    at: float
    status: int
    seconds: float
    host: str | None = None


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """The receiver answered with success."""

    job: Job
    post: Post


@dataclass(frozen=True, kw_only=True)
class Dropped:
    """There is nothing to deliver, for this reason; `post` is the request that showed it."""

    reason: str
    job: Job | None = None
    post: Post | None = None


@dataclass(frozen=True, kw_only=True)
class Failed:
    """Not delivered: try again after `retry_seconds`, or give up when no tries are left."""

    error: str
    retry_seconds: int
    given_up: bool
    job: Job
    post: Post | None = None


@dataclass(frozen=True, kw_only=True)
class Refused:
    """The job's item is not what was submitted: no receiver hears of it, an operator looks for the writer."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Due:
    """A webhook to deliver, the message that says so, and the job that it is about."""

    message: WebhookMessage
    job: Job
    webhook: Webhook


@dataclass(frozen=True, kw_only=True)
class Tested:
    """An endpoint got its test, or `error` says why not; a test has one try."""

    post: Post
    error: str | None


DeliveryResult = Delivered | Dropped | Failed | Refused | Tested
