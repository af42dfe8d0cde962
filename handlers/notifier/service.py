"""Queues one webhook per job that ended, or was asked for again, and delivers what is on the queue."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from handlers.jobs.messages.webhooks import TestMessage, WebhookMessage
from handlers.jobs.model import Job
from handlers.jobs.outgoing.connection import Unreachable
from handlers.jobs.outgoing.targets import LookUp, RefusedTargetError, choose
from handlers.jobs.outgoing.webhook_events import event_of
from handlers.jobs.outgoing.webhook_urls import WebhookTargets
from handlers.jobs.store.customers.delivery_requests import DeliveryRequest
from handlers.jobs.store.customers.webhook_endpoints import endpoint_of
from handlers.jobs.store.reading import UnreadableItemError
from handlers.notifier.endpoint_notes import note_delivery, note_test
from handlers.notifier.ports import (
    Addresses,
    Endpoints,
    Entry,
    Jobs,
    Log,
    Queue,
    Secrets,
    Standing,
    Usage,
    Webhooks,
)
from handlers.notifier.results import Delivered, DeliveryResult, Dropped, Due, Failed, Post, Refused, Tested
from handlers.notifier.retry_schedule import backoff_seconds
from handlers.notifier.sending import Sender
from handlers.notifier.signing import BadSecretError, signed_headers
from handlers.notifier.slow_receivers import HURRIED_SECONDS, SlowReceivers
from handlers.notifier.webhook import Webhook, announces, test_of, webhook_for, webhook_to

GONE = 410
_SUCCESS = range(200, 300)


@dataclass(frozen=True, kw_only=True)
class Notifier:
    """What queueing and delivering need."""

    jobs: Jobs
    addresses: Addresses
    endpoints: Endpoints
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
        """Queue the webhook about a job that has just ended; True when one was queued.

        The webhook of a job without a URL goes to the endpoints of its tenant. The job is read again,
        because a stream repeats a record until the record is handled.
        """
        job = self.jobs.get(after.id) if announces(before, after) else None
        if job is None:
            return False
        if job.webhook_url is not None:
            return self.webhooks.queue(job, now=self.now())
        return self._tell_endpoints(job)

    def count(self, before: Job | None, after: Job) -> bool:
        """Count what a job that has just ended has used; False when it is counted already, or goes on."""
        return announces(before, after) and self.usage.count(after, now=self.now())

    def redeliver(self, request: DeliveryRequest) -> Job | None:
        """Queue the webhook that a customer has asked for again; None when there is nothing to deliver."""
        job = self.jobs.get(request.about) if self.now() < request.expires_at else None
        if job is None or job.tenant != request.tenant:
            return None
        if job.webhook_url is None:
            return job if self._tell_endpoints(job, redelivery=request.id) else None
        if not job.state.terminal:
            return None
        return job if self._queue(job, WebhookMessage(job_id=job.id, redelivery=request.id)) else None

    def test(self, request: DeliveryRequest) -> None:
        """Queue the test that a customer has asked for."""
        if self.now() < request.expires_at:
            message = TestMessage(id=request.id, tenant=request.tenant, endpoint=request.about)
            self.webhooks.send(message, tenant=request.tenant)

    def deliver(self, message: WebhookMessage | TestMessage, *, tries: int) -> DeliveryResult:
        """Try to deliver once; `tries` includes this try."""
        try:
            if isinstance(message, TestMessage):
                return self._test(message)
            due = self._due(message)
            return self._attempt(due, tries) if isinstance(due, Due) else due
        except UnreadableItemError as problem:
            return Refused(reason=str(problem))

    def _tell_endpoints(self, job: Job, redelivery: str | None = None) -> bool:
        """Queue a delivery for each endpoint that takes the webhook; False when there is none to queue."""
        if not job.state.terminal:
            return False
        takers = [one.id for one in self.endpoints.of(job.tenant) if one.takes(event_of(job))]
        messages = [WebhookMessage(job_id=job.id, endpoint=one, redelivery=redelivery) for one in takers]
        queued = [self._queue(job, message) for message in messages]
        return any(queued)

    def _queue(self, job: Job, message: WebhookMessage) -> bool:
        """Queue a delivery, and note it; False when it was queued before, for the stream repeats records.

        The message comes first: a crash between the two queues it twice rather than never.
        """
        before = self.log.of(message)
        if before and before.covers(job):
            return False
        self.webhooks.send(message, tenant=job.tenant)
        self.log.note_queued(job, message, before, now=self.now())
        return True

    def _due(self, message: WebhookMessage) -> Due | Dropped | Refused:
        """The webhook of a job that has ended, to where it was submitted or to an endpoint."""
        job = self.jobs.get(message.job_id)
        if job is None or not job.state.terminal or (job.webhook_url is None) is (message.endpoint is None):
            return Dropped(reason="the job is gone, has no such webhook or is not at its end")
        if message.endpoint is not None:
            endpoint = endpoint_of(self.endpoints.of(job.tenant), message.endpoint)
            if endpoint is None or not endpoint.enabled:
                return Dropped(reason="the endpoint is gone or disabled", job=job)
            return Due(message=message, job=job, webhook=webhook_to(endpoint, job, now=self.now()))
        address = self.addresses.of(job, now=self.now())
        if address is None or address.tenant != job.tenant:
            return Refused(reason="the job names a webhook or a tenant that was not submitted with it")
        return Due(message=message, job=job, webhook=webhook_for(job, address))

    def _test(self, message: TestMessage) -> Tested | Dropped:
        endpoint = endpoint_of(self.endpoints.of(message.tenant), message.endpoint)
        if endpoint is None:
            return Dropped(reason="the endpoint is gone or disabled")
        webhook = test_of(endpoint, tenant=message.tenant, test=message.id, now=self.now())
        post, error = self._post(webhook)
        entry = Entry(at=post.at, webhook_id=webhook.id, delivered=error is None, error=error)
        note_test(self.endpoints, message, entry)
        return Tested(post=post, error=error)

    def _attempt(self, due: Due, tries: int) -> Delivered | Dropped | Failed:
        job, webhook = due.job, due.webhook
        standing = self.log.standing(due.message) or Standing(ended_with=job.attempt)
        if standing.delivered and standing.covers(job):
            return Dropped(reason="already delivered", job=job)
        if tries > self.limit:
            return Failed(error="given up", retry_seconds=0, given_up=True, job=job)
        post, error = self._post(webhook)
        given_up = error is not None and (post.status == GONE or tries >= self.limit)
        # Its message may be there twice, and an operator may bring it back from the dead letters.
        again = standing.given_up and standing.covers(job)
        entry = Entry(
            at=post.at,
            webhook_id=webhook.id,
            delivered=error is None,
            error=error,
            given_up=given_up or again,
        )
        self.log.record(job, due.message, standing, entry)
        if due.message.endpoint and (error is None or (given_up and not again)):
            note_delivery(self.endpoints, job.tenant, due.message.endpoint, entry)
        if error is None:
            return Delivered(job=job, post=post)
        if post.status == GONE:
            return Dropped(reason="the receiver is gone for good (410)", job=job, post=post)
        wait = 0 if given_up else backoff_seconds(tries, self.chance())
        return Failed(error=error, retry_seconds=wait, given_up=given_up, job=job, post=post)

    def _post(self, webhook: Webhook) -> tuple[Post, str | None]:
        """The request that was made, and why it failed, if it did."""
        began = self.now()
        status, error = self._send(webhook)
        ended = self.now()
        host = urlsplit(webhook.url).hostname
        return Post(at=ended, status=status, seconds=max(0.0, ended - began), host=host), error

    def _send(self, webhook: Webhook) -> tuple[int, str | None]:
        """The status of the answer, 0 when there was none, and the error."""
        secret = " ".join(filter(None, map(self.secrets.of, webhook.secrets)))
        if not secret:
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
