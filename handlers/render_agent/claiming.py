"""From a message to a claimed attempt, and what becomes of a message whose claim was refused."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle
from typing import Final

from handlers.jobs.answers import ClaimRefusal
from handlers.jobs.messages.render_queue import BadMessageError, Dispatcher, RenderMessage, decode, url_for
from handlers.jobs.model import Priority
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

LOOK_SECONDS = 1
"""A look into a queue that may be empty. A long poll, however brief, asks all servers of a queue, and a short
poll only some of them (SQS developer guide, "Short and long polling")."""
TURNS: Final = (*[(Priority.NORMAL, Priority.BULK)] * 7, (Priority.BULK, Priority.NORMAL))
"""Which queue a worker asks first, and which then, each time that it is free."""

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
    turns: Iterator[tuple[Priority, Priority]] = field(default_factory=lambda: cycle(TURNS))

    def next(self) -> Attempt | None:
        """The next attempt that is this worker's; None when there is no message or no claim."""
        delivery = self._received()
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

    def _received(self) -> Delivery | None:
        """The next message: bulk ones come first every eighth time, else only when there is no normal one.

        A worker that has found neither waits for a normal one, so that these start at once.
        """
        first, second = next(self.turns)
        look = min(LOOK_SECONDS, self.poll_seconds)
        for priority, wait in ((first, look), (second, look), (Priority.NORMAL, self.poll_seconds)):
            delivery = self.inbox.receive(priority, wait_seconds=wait, hold_seconds=self.lease_seconds)
            if delivery is not None or self.orders.leaving:
                return delivery
        return None

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
                    url_for(self.queue_url, delivery.priority),
                    again,
                    tenant=tenant,
                    delay_seconds=PUT_OFF_SECONDS,
                ),
            )
        self.inbox.remove(delivery)
        self.orders.pause(PUT_OFF_PAUSE_SECONDS)
