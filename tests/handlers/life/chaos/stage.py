"""The service in simulated time: job servers, agents, sweeper and notifier as they are deployed."""

from collections import deque
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Final

from handlers.job_server.aws import FleetQueues as JobServerQueues
from handlers.job_server.renders.callers import Limits
from handlers.job_server.renders.service import RenderService
from handlers.job_server.webhook_endpoints.deliveries import DeliveryService, WebhookServices
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.messages.dead_letters import DeadLetters
from handlers.jobs.messages.render_queue import Dispatcher
from handlers.jobs.messages.webhooks import WebhookMessage, Webhooks
from handlers.jobs.messages.webhooks import decode as decode_webhook
from handlers.jobs.outgoing.webhook_events import RENDER_EVENTS
from handlers.jobs.outgoing.webhook_secrets import secret_of_endpoint
from handlers.jobs.outgoing.webhook_urls import WebhookTargets
from handlers.jobs.store.attributes import Item
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.customers.asset_deletions import PendingAssetDeletions
from handlers.jobs.store.customers.deletions import PendingDeletions
from handlers.jobs.store.customers.delivery_requests import request_from_item
from handlers.jobs.store.customers.usage_days import UsageDays
from handlers.jobs.store.customers.webhook_endpoints import WebhookEndpoint, WebhookEndpoints
from handlers.jobs.store.dispatch_marks import DispatchMarks
from handlers.jobs.store.items import job_from_item
from handlers.jobs.store.keys import Entity
from handlers.jobs.store.overdue_jobs import OverdueJobs
from handlers.jobs.store.reading import untold
from handlers.jobs.store.webhook_addresses import WebhookAddresses
from handlers.notifier.aws import DeliveryLog, JobReader
from handlers.notifier.results import DeliveryResult, Failed
from handlers.notifier.service import Notifier
from handlers.notifier.slow_receivers import SlowReceivers
from handlers.sweeper.aws import FleetDeadLetters, FleetQueues
from handlers.sweeper.service import Rules, Sweeper
from tests.handlers.life.chaos.ground import Ground, Record
from tests.handlers.life.chaos.instances import FLEET, Instances
from tests.handlers.life.chaos.perils import FUNCTION, STREAM, Perils, StallingPerils
from tests.handlers.life.chaos.schedule import Process
from tests.handlers.life.world import (
    GRACE,
    LETTERS,
    LIMIT,
    NOTICES,
    QUEUE,
    SECRET,
    Calls,
    Crash,
    EndpointSecrets,
    Files,
    Message,
    NoticeQueue,
    Objects,
    Secrets,
    Sending,
    WatchedTable,
)

SWEEP_S, DEAF_S, LOOK_S = 60.0, 120.0, 1.0
DELIVERERS: Final = 2
ENDPOINT_TENANT: Final = "quill"
"""Its renders have no webhook address of their own, and it has an endpoint."""
ENDPOINT: Final = "we_" + "0" * 26
UNWELL: Final = 0.1
"""Share of the posts that a receiver answers with 500."""


@dataclass
class Receiver:
    """All customers' receivers: the bodies that came under each name."""

    perils: Calls
    chance: Random
    posted: dict[str, set[str]]
    posts: int = 0

    def post(self, _target: object, body: str, headers: dict[str, str], **_: object) -> int:
        self.posts += 1
        self.perils.call("post", lambda: self.posted.setdefault(headers["webhook-id"], set()).add(body))
        return 500 if self.chance.random() < UNWELL else 200


class Stage(Ground):
    """The ground, and every process of ours that is not of an instance."""

    def __init__(self, chance: Random) -> None:
        super().__init__(chance)
        self.instances = Instances(self)

    def begin(self, instances: int) -> None:
        """Start everything but customers."""
        now = self.clock()
        url, events = "http://endpoint.example.com", RENDER_EVENTS
        one = WebhookEndpoint(id=ENDPOINT, url=url, events=events, created_at=now, updated_at=now)
        WebhookEndpoints(self.table).change(ENDPOINT_TENANT, lambda _: (one,))
        for _ in range(instances):
            self.instances.launch()
        for number, shard in enumerate(self.table.shards):
            self.schedule.start(f"announce-{number}", partial(self._announce, shard=shard))
        for number in range(DELIVERERS):
            self.schedule.start(f"deliver-{number}", self._deliver)
        self.schedule.start("sweep", self._sweep)
        self.schedule.start("scale", self.instances.scale)

    def job_server(self, perils: Perils) -> RenderService:
        """A job server that has just started."""
        table = WatchedTable(self.table, perils)
        queues = JobServerQueues(
            Dispatcher(Sending(self.queues, perils)),  # type: ignore[arg-type]
            DispatchMarks(table),
            {FLEET: QUEUE},
        )
        return RenderService.of(
            jobs=CustomerJobs(table),
            objects=Objects(self.stored, perils),
            queue=queues,
            limits=Limits(tenant_queued=80, retention_days=30, attempts=LIMIT),
            clock=self.clock,
        )

    def deliveries(self, perils: Perils) -> DeliveryService:
        """The part of the same that is about webhooks which customers ask for."""
        table = WatchedTable(self.table, perils)
        services = WebhookServices.of(
            store=WebhookEndpoints(table),
            secrets=EndpointSecrets({}, perils),
            request_delivery=CustomerJobs(table).request_delivery,
            clock=self.clock,
        )
        return services.deliveries

    def at_rest(self) -> bool:
        """Whether nothing is left to do for anybody."""
        waiting = any(self.queues.messages[name] for name in self.queues.messages if name != LETTERS)
        erasing = any(PendingDeletions(self.table).pending(now=self.clock()))
        return not (waiting or erasing or any(self.table.shards)) and all(
            job.state.terminal and not job.owes_webhook and not job.owes_dead_letter for job in self.jobs()
        )

    def _sweep(self, process: Process) -> None:
        """The sweeper, once a minute."""
        while True:
            process.pause(SWEEP_S)
            perils = StallingPerils(process, self.faults, FUNCTION)
            table, sqs = WatchedTable(self.table, perils), Sending(self.queues, perils)
            sweeper = Sweeper(
                store=OverdueJobs(table),
                deletions=PendingDeletions(table),
                asset_deletions=PendingAssetDeletions(table),
                files=Files(self.stored, perils),
                queue=FleetQueues(sqs, DispatchMarks(table), {FLEET: QUEUE}),  # type: ignore[arg-type]
                letters=FleetDeadLetters(DeadLetters(sqs, table), {FLEET: LETTERS}),  # type: ignore[arg-type]
                webhooks=Webhooks(sqs, table, NOTICES),  # type: ignore[arg-type]
                rules=Rules(attempt_limit=LIMIT, dispatch_grace_seconds=GRACE),
            )
            try:
                done = sweeper.sweep([FLEET], now=round(self.clock(), 3), in_time=lambda: True)
            except (Crash, TryAgainLater):
                continue
            self.witness.mistakes += done.mistakes

    def _announce(self, process: Process, shard: deque[Record]) -> None:
        """The notifier's end of one shard of the stream; it may be deaf for some minutes."""
        while True:
            process.pause(LOOK_S)
            if shard and self.faults.draw(STREAM, "stream"):
                process.pause(DEAF_S)
                self.unheard |= {str(after["id"]) for _, after in shard if after["entity"] == Entity.JOB}
                shard.clear()
            while shard:
                try:
                    self._hear(process, *shard[0])
                except (Crash, TryAgainLater):
                    process.pause(1)
                    continue
                shard.popleft()

    def _hear(self, process: Process, before: Item | None, after: Item) -> None:
        """One record, as the notifier's entry point does it."""
        perils = Perils(process, self.faults, FUNCTION)
        notifier = self._notifier(perils, Receiver(perils, self.chance, self.posted))
        if after["entity"] == Entity.DELIVERY_REQUEST:
            notifier.redeliver(request_from_item(after))
            return
        old, new = before and job_from_item(before), job_from_item(after)
        notifier.announce(old, new)
        notifier.count(old, new)

    def _deliver(self, process: Process) -> None:
        """The notifier's end of its queue."""
        while True:
            process.pause(LOOK_S)
            while message := self.queues.take(NOTICES, 60):
                try:
                    result = self._delivered(process, message)
                except (Crash, TryAgainLater):
                    continue
                if isinstance(result, Failed):
                    self.queues.hide(NOTICES, message.receipt, result.retry_seconds)
                else:
                    self.queues.remove(NOTICES, message.receipt)

    def _delivered(self, process: Process, message: Message) -> DeliveryResult:
        perils = Perils(process, self.faults, FUNCTION)
        receiver = Receiver(perils, self.chance, self.posted)
        webhook = decode_webhook(message.body)
        standing = DeliveryLog(self.table).standing(webhook) if isinstance(webhook, WebhookMessage) else None
        try:
            return self._notifier(perils, receiver).deliver(webhook, tries=message.receives)
        finally:
            delivered = standing is not None and standing.delivered
            self.witness.delivering(message.body, delivered=delivered, posted=receiver.posts > 0)

    def _notifier(self, perils: Perils, receiver: Receiver) -> Notifier:
        table = WatchedTable(self.table, perils)
        return Notifier(
            jobs=JobReader(table),
            addresses=WebhookAddresses(table),
            endpoints=WebhookEndpoints(table),
            log=DeliveryLog(table),
            usage=UsageDays(table, untold),
            webhooks=Webhooks(Sending(self.queues, perils), table, NOTICES),  # type: ignore[arg-type]
            queue=NoticeQueue(self.queues),
            secrets=Secrets({secret_of_endpoint(ENDPOINT_TENANT, ENDPOINT, 1): SECRET}),
            sender=receiver,
            look_up=lambda _host, _port: ["127.0.0.1"],
            hurried_look_up=lambda _host, _port: ["127.0.0.1"],
            slow_receivers=SlowReceivers(now=self.clock, chance=self.chance.random),
            targets=WebhookTargets.ANY,
            limit=50,
            now=self.clock,
            chance=self.chance.random,
        )
