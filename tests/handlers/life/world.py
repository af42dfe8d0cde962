"""One job's whole surroundings: a table, queues with the test's clock, and every process of ours.

Every call that leaves a process goes through `Calls`, which can end the process at any of them: before it has
reached AWS, or after it took effect and before the answer came.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from random import Random
from typing import TypeVar

from handlers.job_server.aws import FleetQueues as JobServerQueues
from handlers.job_server.batches.requests import BatchRequest
from handlers.job_server.batches.service import BatchService
from handlers.job_server.ports import Link
from handlers.job_server.renders.callers import Caller, Limits
from handlers.job_server.renders.service import RenderService
from handlers.job_server.schemas.requests import RenderRequest
from handlers.job_server.webhook_endpoints.deliveries import WebhookServices
from handlers.jobs.answers import DeleteRefusal
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.messages.dead_letters import DeadLetters
from handlers.jobs.messages.render_queue import Dispatcher, url_for
from handlers.jobs.messages.webhooks import Webhooks
from handlers.jobs.messages.webhooks import decode as decode_webhook
from handlers.jobs.model import Failure, Job, Output, Priority
from handlers.jobs.outgoing.webhook_secrets import new_secret, secret_of_endpoint
from handlers.jobs.outgoing.webhook_urls import WebhookTargets
from handlers.jobs.reasons import FailureCode
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Item
from handlers.jobs.store.compositions import Compositions
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.customers.asset_deletions import AssetDeletion, PendingAssetDeletions
from handlers.jobs.store.customers.deletions import Deletion, PendingDeletions
from handlers.jobs.store.customers.delivery_requests import DeliveryRequest, request_from_item
from handlers.jobs.store.customers.usage_days import UsageDays
from handlers.jobs.store.customers.webhook_endpoints import WebhookEndpoints
from handlers.jobs.store.dispatch_marks import DispatchMarks
from handlers.jobs.store.fleet_workers import FleetWorkers
from handlers.jobs.store.keys import Entity, output_folder
from handlers.jobs.store.overdue_jobs import OverdueJobs
from handlers.jobs.store.reading import untold
from handlers.jobs.store.table import PRESENT, Query, Table
from handlers.jobs.store.webhook_addresses import WebhookAddresses
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import WorkerJobs
from handlers.notifier.aws import DeliveryLog, JobReader
from handlers.notifier.results import Failed
from handlers.notifier.service import Notifier
from handlers.notifier.slow_receivers import SlowReceivers
from handlers.render_agent.attempt import Attempt, Delivery, StopReason
from handlers.render_agent.claiming import Claiming
from handlers.render_agent.completion import Completion
from handlers.render_agent.logs import EventLog
from handlers.render_agent.orders import Orders
from handlers.render_agent.outcome import Halted, Made, Outcome
from handlers.render_agent.retrying import Retries
from handlers.sweeper.aws import FleetDeadLetters, FleetQueues
from handlers.sweeper.service import Rules, Sweeper
from tests.handlers.conftest import Clock
from tests.handlers.life.memory_table import MemoryTable

T = TypeVar("T")

LEASE, GRACE, LIMIT = 60, 30, 3
QUEUE, LETTERS, NOTICES = "render", "letters", "notices"
BULK_QUEUE = url_for(QUEUE, Priority.BULK)
SENDS = {QUEUE: "send", BULK_QUEUE: "send", LETTERS: "send letter", NOTICES: "send notice"}
COMPOSITION = {"version": 1, "width": 64, "height": 64, "rate": 10, "scenes": [{"duration_s": 1}]}
HOOK = "http://hooks.example.com"
WANTED = RenderRequest(
    composition=COMPOSITION,
    assets={},
    template=None,
    fleet="cpu",
    webhook_url=HOOK,
)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Crash(BaseException):
    """The process is gone: nothing in it may catch this."""


class Mode(StrEnum):
    """What happens at a call."""

    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"
    TROUBLE = "trouble"
    ANSWER_LOST = "answer lost"


@dataclass
class Calls:
    """Counts the calls of one process, and strikes at one of them."""

    strike_at: int = 0
    strike_on: str | None = None
    mode: Mode = Mode.CRASH_BEFORE
    names: list[str] = field(default_factory=list)
    before_each: Callable[[], None] = lambda: None

    def call(self, name: str, action: Callable[[], T]) -> T:
        self.before_each()
        self.names.append(name)
        if self.strike_on == name and name not in self.names[:-1]:
            self.strike_at = len(self.names)
        if len(self.names) != self.strike_at:
            return action()
        if self.mode is Mode.CRASH_BEFORE:
            raise Crash
        if self.mode is Mode.TROUBLE:
            raise TryAgainLater("trouble")
        action()
        raise Crash if self.mode is Mode.CRASH_AFTER else TryAgainLater("answer lost")


class WatchedTable(Table):
    """The table as one process reaches it."""

    def __init__(self, table: Table, calls: Calls) -> None:
        self._table, self._calls = table, calls

    def get(self, key):  # type: ignore[no-untyped-def]
        return self._calls.call("get", lambda: self._table.get(key))

    def get_all(self, wanted):  # type: ignore[no-untyped-def]
        return self._calls.call("get_all", lambda: self._table.get_all(wanted))

    def put(self, write):  # type: ignore[no-untyped-def]
        return self._calls.call("put", lambda: self._table.put(write))

    def update(self, write):  # type: ignore[no-untyped-def]
        return self._calls.call("update", lambda: self._table.update(write))

    def delete(self, key, condition):  # type: ignore[no-untyped-def]
        return self._calls.call("delete", lambda: self._table.delete(key, condition))

    def count(self, query, *, at_most):  # type: ignore[no-untyped-def]
        return self._calls.call("count", lambda: self._table.count(query, at_most=at_most))

    def query(self, query: Query) -> list[Item]:  # type: ignore[override]
        return self._calls.call("query", lambda: list(self._table.query(query)))

    def try_transaction(self, writes):  # type: ignore[no-untyped-def]
        return self._calls.call("transact", lambda: self._table.try_transaction(writes))


@dataclass
class Message:
    """On a queue; hidden until a moment."""

    body: str
    receipt: str
    visible_at: float = 0.0
    receives: int = 0


@dataclass
class Queues:
    """SQS with the test's clock."""

    clock: Clock
    messages: dict[str, list[Message]] = field(
        default_factory=lambda: {QUEUE: [], BULK_QUEUE: [], LETTERS: [], NOTICES: []}
    )
    sent: int = 0

    def put(self, name: str, body: str) -> None:
        self.sent += 1
        self.messages[name].append(Message(body, f"receipt-{self.sent}"))

    def take(self, name: str, hold: float) -> Message | None:
        for message in self.messages[name]:
            if message.visible_at <= self.clock():
                message.visible_at, message.receives = self.clock() + hold, message.receives + 1
                return message
        return None

    def visible(self, name: str) -> int:
        return sum(message.visible_at <= self.clock() for message in self.messages[name])

    def remove(self, name: str, receipt: str) -> None:
        self.messages[name] = [one for one in self.messages[name] if one.receipt != receipt]

    def hide(self, name: str, receipt: str, seconds: float) -> None:
        for message in self.messages[name]:
            if message.receipt == receipt:
                message.visible_at = self.clock() + seconds


@dataclass
class Sending:
    """The part of an SQS client that our senders use."""

    queues: Queues
    calls: Calls

    def send_message(
        self,
        *,
        QueueUrl: str,  # noqa: N803
        MessageBody: str,  # noqa: N803
        **_: object,
    ) -> dict[str, str]:
        self.calls.call(SENDS[QueueUrl], lambda: self.queues.put(QueueUrl, MessageBody))
        return {"MessageId": "m"}

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[dict[str, str]]) -> dict[str, object]:  # noqa: N803
        def put_all() -> None:
            for one in Entries:
                self.queues.put(QueueUrl, one["MessageBody"])

        self.calls.call(SENDS[QueueUrl], put_all)
        return {}

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: Sequence[str]) -> dict[str, object]:  # noqa: N803
        visible = self.calls.call("count messages", lambda: self.queues.visible(QueueUrl))
        hidden = len(self.queues.messages[QueueUrl]) - visible
        counts = (visible, 0, hidden)
        return {"Attributes": dict(zip(AttributeNames, map(str, counts), strict=True))}


@dataclass
class Inbox:
    """The agent's port on the render queue."""

    queues: Queues
    calls: Calls

    def receive(self, priority: Priority, *, wait_seconds: int, hold_seconds: int) -> Delivery | None:
        name = url_for(QUEUE, priority)
        message = self.calls.call("receive", lambda: self.queues.take(name, hold_seconds))
        return message and Delivery(
            message_id=message.receipt,
            body=message.body,
            receipt=message.receipt,
            receive_count=message.receives,
            priority=priority,
        )

    def hold(self, delivery: Delivery, seconds: int) -> None:
        name = url_for(QUEUE, delivery.priority)
        self.calls.call("hold", lambda: self.queues.hide(name, delivery.receipt, seconds))

    def remove(self, delivery: Delivery) -> None:
        name = url_for(QUEUE, delivery.priority)
        self.calls.call("remove", lambda: self.queues.remove(name, delivery.receipt))


@dataclass
class Objects:
    """The job server's port on the buckets."""

    stored: set[str]
    calls: Calls

    def store_composition(self, key: str, content: bytes) -> None:
        self.calls.call("store composition", lambda: self.stored.add(key))

    def composition(self, key: str) -> bytes | None:
        raise NotImplementedError

    def pixels_of(self, keys: Iterable[str]) -> dict[str, int | None]:
        return dict.fromkeys(keys, 0)

    def holds(self, key: str) -> bool:
        return bool(self.calls.call("look for asset", lambda: key in self.stored))

    def forget(self, key: str) -> None:
        """Remembers nothing."""

    def upload_link(self, key: str, *, content_type: str, size: int, now: float) -> Link:
        raise NotImplementedError

    def download_link(self, key: str, *, now: float) -> Link:
        raise NotImplementedError


@dataclass
class Files:
    """The sweeper's port on the buckets."""

    stored: set[str]
    calls: Calls

    def erase(self, deletion: Deletion) -> bool:
        prefixes = (
            keys.composition_prefix(deletion.tenant, deletion.job_id),
            keys.outputs_prefix(deletion.tenant, deletion.job_id),
        )
        self.calls.call(
            "erase files",
            lambda: self.stored.difference_update(
                {name for name in self.stored if name.startswith(prefixes)}
            ),
        )
        return True

    def erase_asset(self, deletion: AssetDeletion) -> bool:
        name = keys.asset_object(deletion.tenant, deletion.asset_id)
        self.calls.call("erase asset", lambda: self.stored.discard(name))
        return True


@dataclass
class NoticeQueue:
    """The notifier's port on its own queue."""

    queues: Queues

    def postpone(self, receipt: str, seconds: int) -> None:
        self.queues.hide(NOTICES, receipt, seconds)


FAILURE = Failure(code=FailureCode.ENGINE_CRASHED, detail="the engine ended with code 1")


@dataclass
class World:
    """Everything that outlives a process of ours."""

    real: Table
    clock: Clock
    plan: list[str] = field(default_factory=list)
    """What becomes of each attempt: `made`, `fails`, `interrupted` or `cancelled`; the last one goes on."""
    stored: set[str] = field(default_factory=set)
    posted: list[str] = field(default_factory=list)
    announced: dict[str, Job] = field(default_factory=dict)
    requested: set[str] = field(default_factory=set)
    secrets: dict[str, str] = field(default_factory=dict)
    """Of webhook endpoints, by the name of their parameter."""

    def __post_init__(self) -> None:
        self.queues = Queues(self.clock)

    # Processes

    def submit(self, calls: Calls, *, same: bool = True, webhook_url: str | None = HOOK) -> str:
        """A customer's order, under one key for all; `same` is whether its body is that of the others."""
        service = self.api(calls)
        wanted = replace(WANTED, webhook_url=webhook_url)
        return service.submissions.submit(
            Caller(tenant="acme"), wanted, body={"same": same}, key="order-1"
        ).job_id

    def submit_batch(self, calls: Calls, items: int) -> str:
        """A customer's order of several renders, under one key for all."""
        batches = BatchService(self.api(calls).intake)
        wanted = BatchRequest(items=[replace(WANTED, priority=Priority.BULK)] * items)
        return batches.submit(Caller(tenant="acme"), wanted, body={"items": items}, key="batch-1").batch.id

    def delete(self, calls: Calls, job_id: str) -> DeleteRefusal | None:
        """The customer deletes the render."""
        jobs = CustomerJobs(WatchedTable(self.real, calls))
        return jobs.delete(job_id, tenant="acme", actor="api:acme", now=self.clock())

    def redeliver(self, calls: Calls, job_id: str) -> str:
        """The customer asks for the webhook once more, under one key however often it asks."""
        caller = Caller(tenant="acme")
        job = self.api(calls).looks.own(caller, job_id)
        return self.webhooks(calls).deliveries.redeliver(caller, job, key="again-1").id

    def webhooks(self, calls: Calls) -> WebhookServices:
        """The job server's part that is about webhooks."""
        table = WatchedTable(self.real, calls)
        return WebhookServices.of(
            store=WebhookEndpoints(table),
            secrets=EndpointSecrets(self.secrets, calls),
            request_delivery=CustomerJobs(table).request_delivery,
            clock=self.clock,
        )

    def work(self, calls: Calls, instance: str) -> None:
        """An agent's life from its start: registers, then takes jobs until there is no message."""
        table = WatchedTable(self.real, calls)
        orders = Orders(sleep=lambda _: None)
        event_log = EventLog(stream=Quiet(), now=self.clock)
        retries = Retries(event_log=event_log, pause=lambda _: None, hurried=lambda: False, random=Random(1))  # noqa: S311
        record, claims = WorkerHeartbeats(table), WorkerJobs(table)
        inbox = Inbox(self.queues, calls)
        claiming = Claiming(
            instance_id=instance,
            fleet="cpu",
            inbox=inbox,
            dispatcher=Dispatcher(Sending(self.queues, calls)),  # type: ignore[arg-type]
            queue_url=QUEUE,
            orders=orders,
            claims=claims,
            record=record,
            retries=retries,
            event_log=event_log,
            lease_seconds=LEASE,
            poll_seconds=0,
            now=self.clock,
        )
        completion = Completion(
            claims=claims,
            record=record,
            inbox=inbox,
            dispatcher=Dispatcher(Sending(self.queues, calls)),
            marks=DispatchMarks(table),
            dead_letters=DeadLetters(Sending(self.queues, calls), table),
            retries=retries,
            queue_url=QUEUE,
            dead_letter_url=LETTERS,
            attempt_limit=LIMIT,
            now=self.clock,
        )
        retries.insist("register", lambda: record.register(instance, fleet="cpu", now=self.clock()))
        while self._visible(QUEUE) or self._visible(BULK_QUEUE):
            try:
                attempt = claiming.next()
            except TryAgainLater:
                continue
            if attempt:
                outcome = retries.insist("render", partial(self._render, attempt, claims, calls))
                completion.end(attempt, outcome, event_log)

    def sweep(self, calls: Calls) -> None:
        table = WatchedTable(self.real, calls)
        sqs = Sending(self.queues, calls)
        sweeper = Sweeper(
            store=OverdueJobs(table),
            deletions=PendingDeletions(table),
            asset_deletions=PendingAssetDeletions(table),
            files=Files(self.stored, calls),
            queue=FleetQueues(sqs, DispatchMarks(table), {"cpu": QUEUE}),  # type: ignore[arg-type]
            letters=FleetDeadLetters(DeadLetters(sqs, table), {"cpu": LETTERS}),  # type: ignore[arg-type]
            webhooks=Webhooks(sqs, table, NOTICES),  # type: ignore[arg-type]
            rules=Rules(attempt_limit=LIMIT, dispatch_grace_seconds=GRACE),
        )
        assert not sweeper.sweep(["cpu"], now=self.clock(), in_time=lambda: True).mistakes

    def skip_stream(self) -> None:
        """The stream's news since the last time reach nobody, as when its mapping was deleted meanwhile."""
        self.announced = {job.id: job for job in self.jobs()}

    def notify(self, calls: Calls) -> None:
        """The stream's news since the last time, then every notice on the queue."""
        table = WatchedTable(self.real, calls)
        notifier = Notifier(
            jobs=JobReader(table),
            addresses=WebhookAddresses(table),
            endpoints=WebhookEndpoints(table),
            log=DeliveryLog(table),
            usage=UsageDays(table, untold),
            webhooks=Webhooks(Sending(self.queues, calls), table, NOTICES),  # type: ignore[arg-type]
            queue=NoticeQueue(self.queues),
            secrets=Secrets(self.secrets),
            sender=Receiver(self.posted, calls),
            look_up=lambda _host, _port: ["127.0.0.1"],
            hurried_look_up=lambda _host, _port: ["127.0.0.1"],
            slow_receivers=SlowReceivers(now=self.clock, chance=lambda: 0.5),
            targets=WebhookTargets.ANY,
            limit=10,
            now=self.clock,
            chance=lambda: 0.0,
        )
        for job in self.jobs():
            before = self.announced.get(job.id)
            notifier.announce(before, job)
            notifier.count(before, job)
            # The stream's place moves only when the function has ended well.
            self.announced[job.id] = job
        for request in self._requested():
            (notifier.redeliver if request.for_job else notifier.test)(request)
            self.requested.add(request.id)
        while message := self.queues.take(NOTICES, 60):
            verdict = notifier.deliver(decode_webhook(message.body), tries=message.receives)
            if isinstance(verdict, Failed):
                self.queues.hide(NOTICES, message.receipt, verdict.retry_seconds)
            else:
                self.queues.remove(NOTICES, message.receipt)

    # What there is

    def jobs(self) -> list[Job]:
        return list(CustomerJobs(self.real).page("acme", limit=100).jobs)

    def come_to_rest(self, instance: str) -> None:
        """Time goes by: leases run out, messages come back, everybody does its work undisturbed."""
        for worker in FleetWorkers(self.real).of_fleet("cpu"):
            if worker.instance_id != instance:
                # As the table does with the record of an instance that has been silent for long.
                self.real.delete(keys.worker(worker.instance_id), PRESENT)
        for _ in range(3 * LIMIT + 3):
            if self.at_rest():
                return
            self.clock.forward(LEASE + GRACE + 1)
            self.sweep(Calls())
            self.work(Calls(), instance)
            self.notify(Calls())

    def at_rest(self) -> bool:
        """Nothing is left to do for anybody."""
        busy = [one for one in FleetWorkers(self.real).of_fleet("cpu") if one.job_id]
        renders = self.queues.messages[QUEUE] or self.queues.messages[BULK_QUEUE]
        waiting = renders or self.queues.messages[NOTICES] or busy
        return not waiting and all(
            job.state.terminal
            and not (job.owes_dead_letter or job.owes_webhook)
            and self.announced.get(job.id) == job
            for job in self.jobs()
        )

    def api(self, calls: Calls) -> RenderService:
        """The job server."""
        table = WatchedTable(self.real, calls)
        return RenderService.of(
            jobs=CustomerJobs(table),
            objects=Objects(self.stored, calls),
            queue=JobServerQueues(
                Dispatcher(Sending(self.queues, calls)), DispatchMarks(table), {"cpu": QUEUE}
            ),
            limits=Limits(tenant_queued=10, retention_days=30, attempts=LIMIT),
            clock=self.clock,
        )

    def _requested(self) -> list[DeliveryRequest]:
        """The deliveries that customers have asked for, of which the stream has not told yet."""
        items = list(self.real.items.values()) if isinstance(self.real, MemoryTable) else []
        found = [request_from_item(one) for one in items if one["entity"] == Entity.DELIVERY_REQUEST]
        return [one for one in found if one.id not in self.requested]

    def _visible(self, name: str) -> bool:
        return any(message.visible_at <= self.clock() for message in self.queues.messages[name])

    def _render(self, attempt: Attempt, claims: WorkerJobs, calls: Calls) -> Outcome:
        job, number = attempt.job, attempt.claim.attempt
        if Compositions(WatchedTable(self.real, calls)).of(job.id) is None:
            assert job.composition_key in self.stored, "the composition is nowhere"
        fate = self.plan[min(number, len(self.plan)) - 1]
        claims.renew(attempt.claim, now=self.clock(), lease_seconds=LEASE)
        claims.report(attempt.claim, percent=50, stage="encoding", expires_at=attempt.job.expires_at)
        if fate == "fails":
            return FAILURE
        if fate == "interrupted":
            return Halted(reason=StopReason.INTERRUPTED)
        if fate == "cancelled":
            CustomerJobs(self.real).request_cancel(attempt.job.id, actor="api:acme", now=self.clock())
            return Halted(reason=StopReason.CANCELLED)
        key = f"{output_folder('acme', attempt.job.id, number)}/video.mp4"
        calls.call("store video", lambda: self.stored.add(key))
        return Made(output=Output(duration=1, width=64, height=64, bytes=5), output_key=key)


class Quiet:
    """A log stream that keeps nothing."""

    def write(self, _: str) -> None: ...

    def flush(self) -> None: ...


@dataclass
class Secrets:
    """One secret for all tenants, and those of webhook endpoints."""

    of_endpoints: dict[str, str]

    def of(self, name: str) -> str | None:
        return self.of_endpoints.get(name) if "." in name else SECRET


@dataclass
class EndpointSecrets:
    """The job server's port on the secrets of webhook endpoints."""

    stored: dict[str, str]
    calls: Calls

    def create(self, tenant: str, endpoint: str, number: int) -> str:
        name = secret_of_endpoint(tenant, endpoint, number)
        return self.calls.call("create secret", lambda: self.stored.setdefault(name, new_secret()))

    def forget(self, tenant: str, endpoint: str, numbers: Sequence[int]) -> None:
        names = [secret_of_endpoint(tenant, endpoint, number) for number in numbers]
        self.calls.call("forget secrets", lambda: [self.stored.pop(name, None) for name in names])


@dataclass
class Receiver:
    """A customer who says yes, and remembers the name of each message."""

    posted: list[str]
    calls: Calls

    def post(self, _target: object, body: str, headers: dict[str, str], **_: object) -> int:
        assert json.loads(body)["data"]
        self.calls.call("post", lambda: self.posted.append(headers["webhook-id"]))
        return 200
