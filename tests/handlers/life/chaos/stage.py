"""The service in simulated time: job servers, agents, sweeper and notifier as they are deployed."""

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Final

from benchmarks.fairness.played_store import PlayedTable
from handlers.job_server.aws import FleetQueues as JobServerQueues
from handlers.job_server.service import Limits, RenderService
from handlers.jobs.answers import LeaseAnswer
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.messages.dead_letters import DeadLetters
from handlers.jobs.messages.render_queue import Dispatcher
from handlers.jobs.messages.webhooks import Webhooks
from handlers.jobs.messages.webhooks import decode as decode_webhook
from handlers.jobs.model import Job, Output
from handlers.jobs.outgoing.webhook_urls import WebhookTargets
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Item
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.customers.asset_deletions import PendingAssetDeletions
from handlers.jobs.store.customers.deletions import PendingDeletions
from handlers.jobs.store.customers.usage_days import UsageDays
from handlers.jobs.store.customers.webhook_endpoints import WebhookEndpoints
from handlers.jobs.store.dispatch_marks import DispatchMarks
from handlers.jobs.store.items import job_from_item
from handlers.jobs.store.keys import Key
from handlers.jobs.store.overdue_jobs import OverdueJobs
from handlers.jobs.store.reading import untold
from handlers.jobs.store.table import PRESENT, Refused, Write
from handlers.jobs.store.webhook_addresses import WebhookAddresses
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import WorkerJobs
from handlers.notifier.aws import DeliveryLog, JobReader
from handlers.notifier.service import Failed, Notifier
from handlers.notifier.slow_receivers import SlowReceivers
from handlers.render_agent.attempt import Attempt, StopReason
from handlers.render_agent.claiming import Claiming
from handlers.render_agent.completion import Completion
from handlers.render_agent.logs import EventLog
from handlers.render_agent.orders import Orders
from handlers.render_agent.outcome import Halted, Made, Outcome
from handlers.render_agent.retrying import Retries
from handlers.sweeper.aws import FleetDeadLetters, FleetQueues
from handlers.sweeper.service import Rules, Sweeper
from tests.handlers.conftest import Clock
from tests.handlers.life.chaos.perils import (
    AGENT,
    ATTEMPT,
    FUNCTION,
    SERVER,
    STREAM,
    Fault,
    Faults,
    Perils,
    UnreliableQueues,
)
from tests.handlers.life.chaos.schedule import Process, Schedule
from tests.handlers.life.world import (
    FAILURE,
    GRACE,
    LEASE,
    LETTERS,
    LIMIT,
    NOTICES,
    QUEUE,
    Calls,
    Crash,
    Files,
    Inbox,
    NoticeQueue,
    Objects,
    Quiet,
    Secrets,
    Sending,
    WatchedTable,
)

FLEET: Final = "cpu"
BOOT_S, SWEEP_S, DEAF_S, POLL_S = 60.0, 60.0, 120.0, 5.0
FAILING: Final = 0.2
"""Share of the attempts whose engine crashes."""
UNWELL: Final = 0.1
"""Share of the posts that a receiver answers with 500."""
MADE: Final = Output(duration=1, width=64, height=64, bytes=5)


@dataclass
class StreamedTable(PlayedTable):
    """A table whose stream tells each change of a job."""

    seconds: float = 0.0
    stream: deque[tuple[Item | None, Item]] = field(default_factory=deque)

    def try_transaction(self, writes: Sequence[Write]) -> Refused | None:
        touched = [_key(one) for one in writes]
        before = {key: self.items.get(key) for key in touched if key.sk == "JOB"}
        kept = {key: None if item is None else dict(item) for key, item in before.items()}
        refused = super().try_transaction(writes)
        if refused is None:
            self.stream.extend((old, dict(self.items[key])) for key, old in kept.items())
        return refused


def _key(write: Write) -> Key:
    item = getattr(write, "item", None)
    return Key(str(item["pk"]), str(item["sk"])) if item else write.key  # type: ignore[union-attr]


@dataclass
class Receiver:
    """All customers' receivers: the bodies that came under each name."""

    perils: Calls
    chance: Random
    posted: dict[str, set[str]]

    def post(self, _target: object, body: str, headers: dict[str, str], **_: object) -> int:
        self.perils.call("post", lambda: self.posted.setdefault(headers["webhook-id"], set()).add(body))
        return 500 if self.chance.random() < UNWELL else 200


class Stage:
    """Everything that outlives a process of ours, and the processes."""

    def __init__(self, chance: Random) -> None:
        self.chance, self.clock = chance, Clock()
        self.faults = Faults(chance, self.clock)
        self.schedule = Schedule(self.clock)
        self.table = StreamedTable()
        self.queues = UnreliableQueues(self.clock, faults=self.faults)
        self.stored: set[str] = set()
        self.posted: dict[str, set[str]] = {}
        self.mistakes: list[str] = []
        self._launched = 0

    def job_server(self, process: Process) -> RenderService:
        """A job server that has just started."""
        perils = Perils(process, self.faults, SERVER)
        table = WatchedTable(self.table, perils)
        queues = JobServerQueues(
            Dispatcher(Sending(self.queues, perils)),  # type: ignore[arg-type]
            DispatchMarks(table),
            {FLEET: QUEUE},
        )
        return RenderService(
            jobs=CustomerJobs(table),
            objects=Objects(self.stored, perils),
            queue=queues,
            limits=Limits(tenant_queued=80, retention_days=30, attempts=LIMIT),
            clock=self.clock,
        )

    def launch(self, after: float = 0.0) -> None:
        """Another instance, whose agent starts after some seconds."""
        self._launched += 1
        self.schedule.start(f"i-{self._launched}", self._agent, after=after)

    def jobs(self) -> list[Job]:
        """Every job that there is."""
        return [job_from_item(item) for key, item in self.table.items.items() if key.sk == "JOB"]

    def at_rest(self) -> bool:
        """Whether nothing is left to do for anybody."""
        waiting = any(self.queues.messages[name] for name in self.queues.messages if name != LETTERS)
        return not (waiting or self.table.stream) and all(
            job.state.terminal and not job.owes_webhook and not job.owes_dead_letter for job in self.jobs()
        )

    def sweep(self, process: Process) -> None:
        """The sweeper, once a minute."""
        while True:
            process.pause(SWEEP_S)
            perils = Perils(process, self.faults, FUNCTION)
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
            self.mistakes += done.mistakes

    def announce(self, process: Process) -> None:
        """The notifier's end of the stream; it may be deaf for some minutes."""
        while True:
            process.pause(0.2)
            if self.table.stream and self.faults.draw(STREAM, "stream"):
                process.pause(DEAF_S)
                self.table.stream.clear()
            while self.table.stream:
                before, after = self.table.stream[0]
                old, new = before and job_from_item(before), job_from_item(after)
                try:
                    self._notifier(process).announce(old, new)
                    self._notifier(process).count(old, new)
                except (Crash, TryAgainLater):
                    process.pause(1)
                    continue
                self.table.stream.popleft()

    def deliver(self, process: Process) -> None:
        """The notifier's end of its queue."""
        while True:
            process.pause(0.2)
            while message := self.queues.take(NOTICES, 60):
                try:
                    result = self._notifier(process).deliver(
                        decode_webhook(message.body), tries=message.receives
                    )
                except (Crash, TryAgainLater):
                    continue
                if isinstance(result, Failed):
                    self.queues.hide(NOTICES, message.receipt, result.retry_seconds)
                else:
                    self.queues.remove(NOTICES, message.receipt)

    def _notifier(self, process: Process) -> Notifier:
        perils = Perils(process, self.faults, FUNCTION)
        table = WatchedTable(self.table, perils)
        return Notifier(
            jobs=JobReader(table),
            addresses=WebhookAddresses(table),
            endpoints=WebhookEndpoints(table),
            log=DeliveryLog(table),
            usage=UsageDays(table, untold),
            webhooks=Webhooks(Sending(self.queues, perils), table, NOTICES),  # type: ignore[arg-type]
            queue=NoticeQueue(self.queues),
            secrets=Secrets({}),
            sender=Receiver(perils, self.chance, self.posted),
            look_up=lambda _host, _port: ["127.0.0.1"],
            hurried_look_up=lambda _host, _port: ["127.0.0.1"],
            slow_receivers=SlowReceivers(now=self.clock, chance=self.chance.random),
            targets=WebhookTargets.ANY,
            limit=50,
            now=self.clock,
            chance=self.chance.random,
        )

    def _agent(self, process: Process) -> None:
        """An agent until it is killed or its instance is taken back; then the group launches another."""
        with suppress(Crash):
            self._serve(process)
        # The scaler replaces a silent worker, whose record DynamoDB expires.
        self.table.delete(keys.worker(process.name), PRESENT)
        self.launch(BOOT_S)

    def _serve(self, process: Process) -> None:
        perils = Perils(process, self.faults, AGENT)
        table, sqs = WatchedTable(self.table, perils), Sending(self.queues, perils)
        orders = Orders(sleep=process.pause)
        event_log = EventLog(stream=Quiet(), now=self.clock)
        retries = Retries(event_log=event_log, pause=process.pause, hurried=lambda: False, random=self.chance)
        record, claims = WorkerHeartbeats(table), WorkerJobs(table)
        inbox, dispatcher = Inbox(self.queues, perils), Dispatcher(sqs)  # type: ignore[arg-type]
        claiming = Claiming(
            instance_id=process.name,
            fleet=FLEET,
            inbox=inbox,
            dispatcher=dispatcher,
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
            dispatcher=dispatcher,
            marks=DispatchMarks(table),
            dead_letters=DeadLetters(sqs, table),  # type: ignore[arg-type]
            retries=retries,
            queue_url=QUEUE,
            dead_letter_url=LETTERS,
            attempt_limit=LIMIT,
            now=self.clock,
        )
        retries.insist("register", lambda: record.register(process.name, fleet=FLEET, now=self.clock()))
        while True:
            try:
                attempt = claiming.next()
            except TryAgainLater:
                attempt = None
            if attempt is None:
                process.pause(POLL_S)
                continue
            outcome = self._render(process, attempt, claims, inbox, retries)
            completion.end(attempt, outcome, event_log)
            if isinstance(outcome, Halted) and outcome.reason is StopReason.INTERRUPTED:
                return

    def _render(
        self, process: Process, attempt: Attempt, claims: WorkerJobs, inbox: Inbox, retries: Retries
    ) -> Outcome:
        job, claim = attempt.job, attempt.claim
        for _ in range(self.chance.randint(1, 3)):
            process.pause(self.chance.uniform(5, 20))
            if self.faults.draw(ATTEMPT, process.name) is Fault.SPOT:
                return Halted(reason=StopReason.INTERRUPTED)
            renew = partial(claims.renew, claim, now=self.clock(), lease_seconds=LEASE)
            match retries.insist("renew", renew):
                case LeaseAnswer.LOST:
                    return Halted(reason=StopReason.LEASE_LOST)
                case LeaseAnswer.CANCEL_REQUESTED:
                    return Halted(reason=StopReason.CANCELLED)
            retries.insist("hold", lambda: inbox.hold(attempt.delivery, LEASE))
        if self.chance.random() < FAILING:
            return FAILURE
        key = keys.video_object(job.tenant, job.id, claim.attempt)
        self.stored.add(key)
        return Made(output=MADE, output_key=key)
