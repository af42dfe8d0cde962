"""Queues one webhook per job that ended, and delivers what is on the queue."""

from collections.abc import Callable
from dataclasses import dataclass

from handlers.jobs.model import Job
from handlers.jobs.webhook_urls import WebhookTargets
from handlers.notifier.ports import Entry, Jobs, Log, Queue, Secrets, Standing, Webhooks
from handlers.notifier.sending import Sender, Unreachable
from handlers.notifier.signing import BadSecretError, signed_headers
from handlers.notifier.targets import LookUp, RefusedTargetError, choose
from handlers.notifier.webhook import Webhook, announces, backoff_seconds, webhook_for

GONE = 410
_SUCCESS = range(200, 300)


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """The receiver said yes."""

    trace_id: str


@dataclass(frozen=True, kw_only=True)
class Dropped:
    """Nothing is left to do, for this reason."""

    reason: str
    trace_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Failed:
    """Not delivered; to be tried again after a while, or given up when the tries are used up."""

    error: str
    retry_seconds: int
    given_up: bool
    trace_id: str


DeliveryResult = Delivered | Dropped | Failed


@dataclass(frozen=True, kw_only=True)
class Notifier:
    """What queueing and delivering need."""

    jobs: Jobs
    log: Log
    webhooks: Webhooks
    queue: Queue
    secrets: Secrets
    sender: Sender
    look_up: LookUp
    targets: WebhookTargets
    limit: int
    now: Callable[[], float]
    chance: Callable[[], float]

    def announce(self, before: Job | None, after: Job) -> bool:
        """Queues the webhook about a job that has just ended; True when it did.

        The job is read anew: a stream tells of a change again until it is told that the change was handled.
        """
        job = self.jobs.get(after.id) if announces(before, after) else None
        return job is not None and self.webhooks.queue(job, now=self.now())

    def deliver(self, job_id: str, *, tries: int) -> DeliveryResult:
        """Tries to deliver once; `tries` counts this one too."""
        job = self.jobs.get(job_id)
        webhook = webhook_for(job) if job else None
        if job is None or webhook is None:
            return Dropped(reason="the job is gone or has nobody to tell")
        standing = self.log.standing(job_id) or Standing(ended_with=job.attempt)
        if standing.delivered and _covers(standing, job):
            return Dropped(reason="already delivered", trace_id=webhook.trace_id)
        if tries > self.limit:
            return Failed(error="given up", retry_seconds=0, given_up=True, trace_id=webhook.trace_id)
        status, error = self._post(webhook)
        delivered = status in _SUCCESS
        self.log.record(job, standing, Entry(at=self.now(), delivered=delivered, error=error))
        if delivered:
            return Delivered(trace_id=webhook.trace_id)
        if status == GONE:
            return Dropped(reason="the receiver is gone for good (410)", trace_id=webhook.trace_id)
        given_up = tries >= self.limit
        wait = 0 if given_up else backoff_seconds(tries, self.chance())
        return Failed(
            error=error or "unknown", retry_seconds=wait, given_up=given_up, trace_id=webhook.trace_id
        )

    def _post(self, webhook: Webhook) -> tuple[int, str | None]:
        """The status of the answer (0 without one), and what was wrong."""
        secret = self.secrets.of(webhook.tenant)
        if secret is None:
            return 0, "the tenant has no webhook secret"
        try:
            target = choose(webhook.url, self.targets, self.look_up)
            timestamp = int(self.now())
            signature = signed_headers(secret, message_id=webhook.id, timestamp=timestamp, body=webhook.body)
            headers = {"Content-Type": "application/json", "User-Agent": "clip-it-webhooks/1", **signature}
            status = self.sender.post(target, webhook.body, headers)
        except (BadSecretError, RefusedTargetError, Unreachable) as error:
            return 0, str(error)
        return status, None if status in _SUCCESS else f"answered {status}"


def _covers(standing: Standing | None, job: Job) -> bool:
    """Whether it is about this end of the job and not about an earlier one."""
    return standing is not None and standing.ended_with >= job.attempt
