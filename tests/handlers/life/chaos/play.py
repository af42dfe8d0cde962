"""Plays customers on the stage, and says what must not have happened."""

import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from types import SimpleNamespace
from typing import Final

from handlers.job_server.batches.requests import BatchRequest
from handlers.job_server.batches.service import BatchService
from handlers.job_server.queue_limit import QueueFullError
from handlers.job_server.service import Caller
from handlers.jobs import ids
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.model import Job, Priority
from handlers.jobs.states import TERMINAL, TRANSITIONS, JobState
from handlers.jobs.store.customer_jobs import CustomerJobs
from tests.handlers.life.chaos.schedule import Process
from tests.handlers.life.chaos.stage import Stage
from tests.handlers.life.world import LETTERS, WANTED, Crash

TENANTS: Final = ("acme", "zenith", "orbit", "quill")
PROGRAMS: Final = 3
"""Programs of each tenant, which submit one order after the other."""
INSTANCES: Final = 12
LARGEST_BATCH: Final = 60
CANCELLED: Final = 0.05
"""Share of the orders of which one render is cancelled."""
CALM_FROM: Final = 0.9
"""Things go wrong until so many of the renders have ended."""
REST_S: Final = 6 * 3600.0
"""Within these everything has ended that ever ends."""
STEP_S: Final = 60.0


@dataclass
class Played:
    """What was accepted, and what became of it."""

    seed: int
    accepted: list[str] = field(default_factory=list)
    batches: int = 0
    asked_again: int = 0
    states: Mapping[JobState, int] = field(default_factory=dict)
    faults: Mapping[str, int] = field(default_factory=dict)
    digest: str = ""
    webhooks: int = 0
    lost: list[str] = field(default_factory=list)
    published_twice: list[str] = field(default_factory=list)
    webhooks_wrong: list[str] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)

    @property
    def broken(self) -> list[str]:
        """Every invariant that does not hold, with the render that shows it."""
        return [
            *(f"lost: {one}" for one in self.lost),
            *(f"published twice: {one}" for one in self.published_twice),
            *(f"webhook: {one}" for one in self.webhooks_wrong),
            *self.mistakes,
        ]


def play(seed: int, renders: int) -> Played:
    """Submit so many renders under the faults that the seed draws, and wait until all have ended."""
    chance = Random(seed)  # noqa: S311 - no secret
    with _ids_of(chance):
        stage, played = Stage(chance), Played(seed=seed)
        for _ in range(INSTANCES):
            stage.launch()
        for name in ("sweep", "announce", "deliver"):
            stage.schedule.start(name, getattr(stage, name))
        programs = [
            stage.schedule.start(f"{tenant}-{number}", _program(stage, played, tenant, orders))
            for (tenant, number), orders in _orders(chance, renders).items()
        ]
        ends_by = stage.clock() + REST_S
        while (
            stage.clock() < ends_by
            and not (stage.faults.calm and stage.at_rest())
            and not stage.schedule.errors
        ):
            stage.schedule.run(until=stage.clock() + STEP_S)
            ended = sum(job.state.terminal for job in stage.jobs())
            stage.faults.calm = all(one.ended for one in programs) and ended >= CALM_FROM * renders
        _judge(stage, played)
        if len(played.accepted) < renders:
            played.mistakes.append(f"{len(played.accepted)} of {renders} renders were accepted in time")
    return played


Order = tuple[Priority, int]
"""The priority of an order, and of how many renders it is; one of several is a batch."""


def _orders(chance: Random, renders: int) -> Mapping[tuple[str, int], Sequence[Order]]:
    """Who submits what."""
    programs: dict[tuple[str, int], list[Order]] = {
        (tenant, number): [] for tenant in TENANTS for number in range(PROGRAMS)
    }
    left = renders
    while left:
        several = min(left, chance.choice([1, 1, 1, 1, 3, 10, 30, LARGEST_BATCH]))
        order = (chance.choice(list(Priority)), several)
        programs[chance.choice(list(programs))].append(order)
        left -= several
    return programs


def _program(stage: Stage, played: Played, tenant: str, orders: Sequence[Order]) -> Callable[[Process], None]:
    def run(process: Process) -> None:
        for number, order in enumerate(orders):
            process.pause(stage.chance.expovariate(1 / 40))
            accepted = _submitted(stage, played, process, tenant, order, f"{process.name}-{number}")
            played.accepted += accepted
            if stage.chance.random() < CANCELLED:
                one = stage.chance.choice(accepted)
                CustomerJobs(stage.table).request_cancel(one, actor=f"api:{tenant}", now=stage.clock())

    return run


def _submitted(
    stage: Stage, played: Played, process: Process, tenant: str, order: Order, key: str
) -> Sequence[str]:
    """The ids of an order's renders: the program asks under one key until it has an answer."""
    priority, several = order
    caller, body = Caller(tenant=tenant), {"order": key}
    wanted = replace(WANTED, priority=priority)
    while True:
        server = stage.job_server(process)
        try:
            if several == 1:
                return [server.submit(caller, wanted, body=body, key=key).job_id]
            request = BatchRequest(items=[wanted] * several)
            accepted = BatchService(server.intake).submit(caller, request, body=body, key=key)
        except (Crash, TryAgainLater):
            played.asked_again += 1
            process.pause(stage.chance.uniform(0.5, 8))
        except QueueFullError:
            process.pause(30)
        else:
            played.batches += 1
            return accepted.job_ids


def _judge(stage: Stage, played: Played) -> None:
    jobs = {job.id: job for job in stage.jobs()}
    letters = {str(json.loads(one.body)["job"]) for one in stage.queues.messages[LETTERS]}
    played.states = Counter(job.state for job in jobs.values())
    played.faults = {fault.value: many for fault, many in sorted(stage.faults.counts.items())}
    played.digest, played.webhooks = stage.faults.digest, len(stage.posted)
    played.mistakes = [*stage.schedule.errors, *stage.mistakes]
    played.lost = [one for one in played.accepted if one not in jobs or not jobs[one].state.terminal]
    for job in jobs.values():
        if job.id not in played.accepted:
            played.mistakes.append(f"{job.id} was never accepted")
        if _ends(stage, job) > 1:
            played.published_twice.append(job.id)
        played.mistakes += _wrong(stage, job, letters)
    names = {f"msg_{job.id}_{job.attempt}" for job in jobs.values() if job.state.terminal}
    played.webhooks_wrong = [
        *(f"{one} was not sent" for one in sorted(names - stage.posted.keys())),
        *(f"{one} is about no end" for one in sorted(stage.posted.keys() - names)),
        *(f"{one} had {len(bodies)} bodies" for one, bodies in stage.posted.items() if len(bodies) > 1),
    ]


def _ends(stage: Stage, job: Job) -> int:
    """How often the job has ended, by its history, which must lead to where it is."""
    state, ends = None, 0
    for event in CustomerJobs(stage.table).events(job.id):
        state = TRANSITIONS[state, event.kind]
        ends += state in TERMINAL
    return ends if state is job.state else 2


def _wrong(stage: Stage, job: Job, letters: set[str]) -> Iterator[str]:
    if job.state is JobState.SUCCEEDED and job.output_key not in stage.stored:
        yield f"{job.id} has no video"
    if job.state is JobState.FAILED and job.id not in letters:
        yield f"{job.id} has no dead letter"


@contextmanager
def _ids_of(chance: Random) -> Iterator[None]:
    """Ids from the seed, so that what is sorted by them comes in the same order."""
    ids.secrets = SimpleNamespace(randbits=chance.getrandbits)  # type: ignore[assignment]
    try:
        yield
    finally:
        ids.secrets = secrets
