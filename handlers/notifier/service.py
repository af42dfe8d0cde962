"""Queues one webhook per job that ended, and delivers what is on the queue."""

from collections.abc import Callable
from dataclasses import dataclass

from handlers.jobs.model import Job
from handlers.jobs.outgoing.connection import Unreachable
from handlers.jobs.outgoing.targets import LookUp, RefusedTargetError, choose
from handlers.jobs.store.reading import UnreadableItemError
from handlers.jobs.webhook_urls import WebhookTargets
from handlers.notifier.ports import Addresses, Entry, Jobs, Log, Queue, Secrets, Standing, Usage, Webhooks
from handlers.notifier.retry_schedule import backoff_seconds
from handlers.notifier.sending import Sender
from handlers.notifier.signing import BadSecretError, signed_headers
from handlers.notifier.slow_receivers import HURRIED_SECONDS, SlowReceivers
from handlers.notifier.webhook import Webhook, announces, ends, webhook_for

GONE = 410
_SUCCESS = range(200, 300)


@dataclass(frozen=True, kw_only=True)
class Post:
    """One request to a receiver: when it ended, and the status of its answer, 0 without one."""

    at: float
    status: int
    seconds: float


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
    """A webhook to deliver, and the job that it is about."""

    job: Job
    webhook: Webhook


DeliveryResult = Delivered | Dropped | Failed | Refused


@dataclass(frozen=True, kw_only=True)
class Notifier:
    """What queueing and delivering need."""

    jobs: Jobs
    addresses: Addresses
    log: Log
    usage: Usage
    webhooks: Webhooks
    queue: Queue
    secrets: Secrets
    sender: Sender
    look_up: LookUp
    hurried_look_up: LookUp
    slow_receivers: SlowReceivers
    targets: WebhookTargets
    limit: int
    now: Callable[[], float]
    chance: Callable[[], float]

    def announce(self, before: Job | None, after: Job) -> bool:
        """Queue the webhook about a job that has just ended; True when it was queued.

        The job is read again, because a stream repeats a record until the record is handled.
        """
        job = self.jobs.get(after.id) if announces(before, after) else None
        return job is not None and self.webhooks.queue(job, now=self.now())

    def count(self, before: Job | None, after: Job) -> bool:
        """Count what a job that has just ended has used; False when it is counted already, or goes on."""
        return ends(before, after) and self.usage.count(after, now=self.now())

    def deliver(self, job_id: str, *, tries: int) -> DeliveryResult:
        """Try to deliver once; `tries` includes this try."""
        due = self._due(job_id)
        return self._attempt(due, tries) if isinstance(due, Due) else due

    def _due(self, job_id: str) -> Due | Dropped | Refused:
        """The webhook of a job that has ended, to where it was submitted."""
        try:
            job = self.jobs.get(job_id)
        except UnreadableItemError as problem:
            return Refused(reason=str(problem))
        if job is None or job.webhook_url is None or not job.state.terminal:
            return Dropped(reason="the job is gone, has no webhook or is not at its end")
        address = self.addresses.of(job, now=self.now())
        if address is None or address.tenant != job.tenant:
            return Refused(reason="the job names a webhook or a tenant that was not submitted with it")
        return Due(job=job, webhook=webhook_for(job, address))

    def _attempt(self, due: Due, tries: int) -> Delivered | Dropped | Failed:
        job, webhook = due.job, due.webhook
        standing = self.log.standing(job.id) or Standing(ended_with=job.attempt)
        if standing.delivered and _covers(standing, job):
            return Dropped(reason="already delivered", job=job)
        if tries > self.limit:
            return Failed(error="given up", retry_seconds=0, given_up=True, job=job)
        began = self.now()
        status, error = self._send(webhook)
        ended = self.now()
        post = Post(at=ended, status=status, seconds=max(0.0, ended - began))
        delivered = status in _SUCCESS
        self.log.record(job, standing, Entry(at=ended, delivered=delivered, error=error))
        if delivered:
            return Delivered(job=job, post=post)
        if status == GONE:
            return Dropped(reason="the receiver is gone for good (410)", job=job, post=post)
        given_up = tries >= self.limit
        wait = 0 if given_up else backoff_seconds(tries, self.chance())
        return Failed(error=error or "unknown", retry_seconds=wait, given_up=given_up, job=job, post=post)

    def _send(self, webhook: Webhook) -> tuple[int, str | None]:
        """The status of the answer, 0 when there was none, and the error."""
        secret = self.secrets.of(webhook.tenant)
        if secret is None:
            return 0, "the tenant has no webhook secret"
        hurried = self.slow_receivers.has(webhook.tenant)
        began = self.slow_receivers.now()
        try:
            target = choose(webhook.url, self.targets, self.hurried_look_up if hurried else self.look_up)
            timestamp = int(self.now())
            signature = signed_headers(secret, message_id=webhook.id, timestamp=timestamp, body=webhook.body)
            headers = {"Content-Type": "application/json", "User-Agent": "clip-it-webhooks/1", **signature}
            most_seconds = HURRIED_SECONDS if hurried else None
            status = self.sender.post(target, webhook.body, headers, most_seconds=most_seconds)
        except (BadSecretError, RefusedTargetError, Unreachable) as error:
            return 0, str(error)
        finally:
            self.slow_receivers.note(webhook.tenant, self.slow_receivers.now() - began)
        return status, None if status in _SUCCESS else f"answered {status}"


def _covers(standing: Standing | None, job: Job) -> bool:
    """Whether the delivery was for this end of the job, not for one before a redrive."""
    return standing is not None and standing.ended_with >= job.attempt
