"""From a message to a claimed attempt, and what becomes of a message whose claim was refused."""

from collections.abc import Callable
from dataclasses import dataclass

from handlers.jobs.answers import ClaimRefusal
from handlers.jobs.messages.render_queue import BadMessageError, Dispatcher, RenderMessage, decode
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from handlers.jobs.tracing import trace_id_of
from handlers.render_agent.attempt import Attempt, Delivery
from handlers.render_agent.logs import EventLog
from handlers.render_agent.orders import LeaveReason, Orders
from handlers.render_agent.ports import Inbox
from handlers.render_agent.retrying import Retries

POLL_SECONDS = 5
"""A drain must not wait for a long poll to end; twelve polls a minute cost next to nothing."""

PUT_OFF_SECONDS = 20
"""For as long nobody receives a job whose tenant has its share of the fleet in work."""
PUT_OFF_PAUSE_SECONDS = 1.0
"""A worker puts off one job a second; another tenant's job waits no longer for it than that."""


@dataclass(frozen=True, kw_only=True)
class Claiming:
    """How one worker takes jobs."""

    instance_id: str
    fleet: str
    inbox: Inbox
    dispatcher: Dispatcher
    queue_url: str
    claims: WorkerJobs
    record: WorkerHeartbeats
    orders: Orders
    retries: Retries
    event_log: EventLog
    lease_seconds: int
    poll_seconds: int
    now: Callable[[], float]

    def next(self) -> Attempt | None:
        """The next attempt that is this worker's; None when there is no message or no claim."""
        delivery = self.inbox.receive(wait_seconds=self.poll_seconds, hold_seconds=self.lease_seconds)
        if delivery is None:
            return None
        try:
            message = decode(delivery.body)
        except BadMessageError as error:
            # Left alone it comes back until the queue moves it to its dead-letter queue, where people look.
            self.event_log.error(
                "message_unreadable", error=str(error)[:300], receives=delivery.receive_count
            )
            return None
        claim = Claim(job_id=message.job_id, attempt=message.attempt, instance_id=self.instance_id)
        answer = self.retries.insist(
            "claim a job",
            lambda: self.claims.claim(claim, now=self.now(), lease_seconds=self.lease_seconds),
        )
        if isinstance(answer, ClaimRefusal):
            self._refused(claim, answer, delivery)
            return None
        return Attempt(job=answer, claim=claim, delivery=delivery)

    def _refused(self, claim: Claim, refusal: ClaimRefusal, delivery: Delivery) -> None:
        self.event_log.say(
            "claim_refused",
            job=claim.job_id,
            trace_id=trace_id_of(claim.job_id),
            attempt=claim.attempt,
            message_id=delivery.message_id,
            reason=refusal.value,
        )
        if refusal.message_is_spent:
            self.inbox.remove(delivery)
            return
        if refusal is ClaimRefusal.UNREADABLE:
            # As an unreadable message: it comes back until the queue moves it to where people look.
            return
        if refusal is ClaimRefusal.TENANT_AT_SHARE:
            self._put_off(claim, delivery)
            return
        if refusal is ClaimRefusal.WORKER_DRAINING and not self.orders.leaving:
            # Until the next heartbeat the message would come back here again and again, and each time counts
            # towards the number after which the queue puts it aside.
            self.orders.leave(LeaveReason.MARKED)
            self.event_log.say("draining", reason=LeaveReason.MARKED.value)
        self.inbox.hold(delivery, 0)
        if refusal in {ClaimRefusal.WORKER_UNKNOWN, ClaimRefusal.WORKER_BUSY}:
            # It has no job in hand: a busy record is left over from an attempt whose end was never written.
            self.retries.insist(
                "register again",
                lambda: self.record.register(self.instance_id, fleet=self.fleet, now=self.now()),
            )

    def _put_off(self, claim: Claim, delivery: Delivery) -> None:
        """Send the message again for later: one that is only put back counts as received each time.

        A crash between the two leaves two messages, of which the second finds its job taken.
        """
        tenant = self.retries.insist("look whose job it is", lambda: self.claims.tenant_of(claim.job_id))
        if tenant is not None:
            again = RenderMessage(job_id=claim.job_id, attempt=claim.attempt)
            self.retries.insist(
                "put a job off",
                lambda: self.dispatcher.send(
                    self.queue_url, again, tenant=tenant, delay_seconds=PUT_OFF_SECONDS
                ),
            )
        self.inbox.remove(delivery)
        self.orders.pause(PUT_OFF_PAUSE_SECONDS)
