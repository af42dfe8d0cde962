"""Customers' programs: they submit until they have an answer, cancel, and ask for webhooks again."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

from handlers.job_server.batches.requests import BatchRequest
from handlers.job_server.batches.service import BatchService
from handlers.job_server.queue_limit import QueueFullError
from handlers.job_server.renders.callers import Caller
from handlers.job_server.renders.refusals import NotFoundError
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.messages.render_queue import RenderMessage, encode
from handlers.jobs.model import Job, Priority
from handlers.jobs.states import JobState
from handlers.jobs.store.customer_jobs import CustomerJobs
from tests.handlers.life.chaos.perils import ORDER, SERVER, Perils
from tests.handlers.life.chaos.schedule import Process
from tests.handlers.life.chaos.stage import ENDPOINT_TENANT, Stage
from tests.handlers.life.world import WANTED, Crash

TENANTS: Final = ("acme", "zenith", "orbit", "quill")
PROGRAMS: Final = 3
"""Programs of each tenant, which submit one order after the other."""
SEVERAL: Final = (1, 1, 1, 1, 3, 10, 30, 60)
"""Of so many renders an order may be."""
CANCELLED: Final = 0.05
"""Share of the orders of which one render is cancelled."""
REDELIVERED: Final = 0.2
"""Share of the orders after which a webhook is asked for again."""

DELETED: Final = 0.2
"""Share of the orders after which a render that has ended is deleted."""

OrderSize = tuple[Priority, int]
"""The priority of an order, and of how many renders it is; one of several is a batch."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What one idempotency key stands for."""

    tenant: str
    key: str
    size: OrderSize

    @property
    def caller(self) -> Caller:
        """Who submits it."""
        return Caller(tenant=self.tenant)


@dataclass
class Customers:
    """All programs of all tenants, and what they were told."""

    stage: Stage
    accepted: list[str] = field(default_factory=list)
    batches: int = 0
    asked_again: int = 0
    answers: dict[str, set[tuple[str, ...]]] = field(default_factory=dict)
    """The renders that each key stands for, by every answer to it: always the same."""
    mistakes: list[str] = field(default_factory=list)

    def start(self, renders: int) -> Sequence[Process]:
        """The programs, which end when all of their renders are accepted."""
        return [
            self.stage.schedule.start(f"{tenant}-{number}", self._program(tenant, sizes))
            for (tenant, number), sizes in orders_of(self.stage.chance, renders).items()
        ]

    def _program(self, tenant: str, sizes: Sequence[OrderSize]) -> Callable[[Process], None]:
        def run(process: Process) -> None:
            for number, size in enumerate(sizes):
                process.pause(self.stage.chance.expovariate(1 / 40))
                order = Order(tenant=tenant, key=f"{process.name}-{number}", size=size)
                mine = self._accepted(process, order)
                self.accepted += mine
                self.batches += size[1] > 1
                if self.stage.chance.random() < CANCELLED:
                    one = self.stage.chance.choice(mine)
                    CustomerJobs(self.stage.table).request_cancel(
                        one, actor=f"api:{tenant}", now=self.stage.clock()
                    )
                if self.stage.chance.random() < REDELIVERED:
                    self._ask_for_webhook(process, order)
                if self.stage.chance.random() < DELETED:
                    self._delete(process, order)

        return run

    def _accepted(self, process: Process, order: Order) -> Sequence[str]:
        """The ids of an order's renders: the program asks under one key until it has an answer."""
        alone = self.stage.faults.draw(ORDER, process.name) is None
        if not alone:
            self.stage.schedule.start(
                f"{process.name}-again",
                lambda again: self._ask_once(again, order),
                after=self.stage.chance.uniform(0, 0.05),
            )
        first = True
        while True:
            perils = Perils(process, self.stage.faults, SERVER)
            try:
                found = self._ask(perils, order)
            except (Crash, TryAgainLater):
                self.asked_again += 1
                process.pause(self.stage.chance.uniform(0.5, 8))
            except QueueFullError:
                process.pause(30)
            else:
                if alone and first and perils.struck <= 1:
                    self._look_for_messages(found)
                return found
            first = False

    def _ask_once(self, process: Process, order: Order) -> None:
        with suppress(Crash, TryAgainLater, QueueFullError):
            self._ask(Perils(process, self.stage.faults, SERVER), order)

    def _ask(self, perils: Perils, order: Order) -> Sequence[str]:
        server, (priority, several) = self.stage.job_server(perils), order.size
        wanted, body = replace(WANTED, priority=priority), {"order": order.key}
        if order.tenant == ENDPOINT_TENANT:
            wanted = replace(wanted, webhook_url=None)
        if several == 1:
            found: Sequence[str] = [
                server.submissions.submit(order.caller, wanted, body=body, key=order.key).job_id
            ]
        else:
            request = BatchRequest(items=[wanted] * several)
            batches = BatchService(server.intake)
            found = batches.submit(order.caller, request, body=body, key=order.key).job_ids
        self.answers.setdefault(order.key, set()).add(tuple(found))
        return found

    def _look_for_messages(self, accepted: Sequence[str]) -> None:
        """A render that is marked as sent has a message, unless its server or the queue has failed twice."""
        queued = (one for one in map(self.stage.job, accepted) if one and one.state is JobState.QUEUED)
        there = {one.body for messages in self.stage.queues.messages.values() for one in messages}
        for job in queued:
            body = encode(RenderMessage(job_id=job.id, attempt=job.attempt))
            if job.dispatched_at is not None and body not in there | self.stage.queues.deleted:
                self.mistakes.append(f"{job.id} is marked as sent, and its message is nowhere")

    def _ask_for_webhook(self, process: Process, order: Order) -> None:
        """Ask for the webhook of a render that has ended, twice under one key."""
        ended = self._ended(order)
        if ended is None:
            return
        job_id = ended.id
        for _ in range(2):
            perils = Perils(process, self.stage.faults, SERVER)
            with suppress(Crash, TryAgainLater, NotFoundError):
                job = self.stage.job_server(perils).looks.own(order.caller, job_id)
                self.stage.deliveries(perils).redeliver(order.caller, job, key=f"{order.key}-again")

    def _delete(self, process: Process, order: Order) -> None:
        """Delete a render that has ended: the program asks until it has an answer."""
        job = self._ended(order)
        if job is None:
            return
        self.stage.deleted[job.id] = job
        while True:
            perils = Perils(process, self.stage.faults, SERVER)
            try:
                self.stage.job_server(perils).endings.delete(order.caller, job.id)
            except (Crash, TryAgainLater):
                process.pause(self.stage.chance.uniform(0.5, 8))
            else:
                return

    def _ended(self, order: Order) -> Job | None:
        """One of the tenant's renders that have ended."""
        found = map(self.stage.job, self.stage.witness.ended)
        ended = [one for one in found if one and one.tenant == order.tenant]
        return self.stage.chance.choice(ended) if ended else None


def orders_of(
    chance: Random, renders: int, several: Sequence[int] = SEVERAL
) -> Mapping[tuple[str, int], Sequence[OrderSize]]:
    """What each program submits."""
    programs: dict[tuple[str, int], list[OrderSize]] = {
        (tenant, number): [] for tenant in TENANTS for number in range(PROGRAMS)
    }
    left = renders
    while left:
        size = min(left, chance.choice(several))
        programs[chance.choice(list(programs))].append((chance.choice(list(Priority)), size))
        left -= size
    return programs
