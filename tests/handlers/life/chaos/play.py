"""Plays customers on the stage, and says what must not have happened."""

import json
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from random import Random
from types import SimpleNamespace
from typing import Final

from handlers.jobs import ids
from handlers.jobs.model import Job
from handlers.jobs.states import TERMINAL, TRANSITIONS, JobState
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.customers.deletions import UPLOADS_END_SECONDS
from handlers.jobs.transitions import attempts_spent
from tests.handlers.life.chaos.customers import TENANTS, Customers
from tests.handlers.life.chaos.stage import ENDPOINT, SWEEP_S, Stage
from tests.handlers.life.world import LETTERS, LIMIT

INSTANCES: Final = 12
CALM_FROM: Final = 0.9
"""Things go wrong until so many of the renders have ended."""
REST_S: Final = 6 * 3600.0
"""Within these everything has ended that ever ends."""
STEP_S: Final = 60.0
MOST_MISTAKES: Final = 100
"""With so many the play ends: a protection that is missing breaks each render."""


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
        stage = Stage(chance)
        stage.begin(INSTANCES)
        customers = Customers(stage)
        programs = customers.start(renders)
        ends_by = stage.clock() + REST_S
        while stage.clock() < ends_by and not (stage.faults.calm and stage.at_rest()):
            stage.schedule.run(until=stage.clock() + STEP_S)
            if stage.schedule.errors or len(stage.witness.mistakes) > MOST_MISTAKES:
                break
            ended = len(stage.witness.ended)
            stage.faults.calm = all(one.ended for one in programs) and ended >= CALM_FROM * renders
        _erase_what_came_late(stage)
        return _judged(seed, stage, customers, renders)


def _erase_what_came_late(stage: Stage) -> None:
    """Let the time go by after which the sweeper erases deleted renders once more."""
    stage.clock.forward(UPLOADS_END_SECONDS)
    stage.schedule.run(until=stage.clock() + 2 * SWEEP_S)


def _judged(seed: int, stage: Stage, customers: Customers, renders: int) -> Played:
    jobs = {job.id: job for job in stage.jobs()}
    letters = {str(json.loads(one.body)["job"]) for one in stage.queues.messages[LETTERS]}
    return Played(
        seed=seed,
        accepted=customers.accepted,
        batches=customers.batches,
        asked_again=customers.asked_again,
        states=Counter(job.state for job in {**stage.deleted, **jobs}.values()),
        faults={fault.value: many for fault, many in sorted(stage.faults.counts.items())},
        digest=stage.faults.digest,
        webhooks=len(stage.posted),
        lost=[one for one in customers.accepted if not _is_done(stage, jobs, one)],
        published_twice=[one for one, job in jobs.items() if _ends(stage, job) > 1],
        webhooks_wrong=[*_wrong_webhooks(stage, jobs)],
        mistakes=[
            *stage.schedule.errors,
            *stage.witness.mistakes,
            *customers.mistakes,
            *(
                f"key {key} got {len(all_)} answers"
                for key, all_ in customers.answers.items()
                if len(all_) > 1
            ),
            *(f"{one} was never accepted" for one in jobs.keys() - set(customers.accepted)),
            *(mistake for job in jobs.values() for mistake in _wrong(stage, job, letters)),
            *_miscounted(stage, {**stage.deleted, **jobs}),
            *(f"{one} is deleted, and still there" for one in sorted(_left(stage, jobs))),
            *(
                [f"{len(customers.accepted)} of {renders} renders were accepted in time"]
                if len(customers.accepted) < renders
                else []
            ),
        ],
    )


def _left(stage: Stage, jobs: Mapping[str, Job]) -> Iterator[str]:
    """Deleted renders of which something is left."""
    for one in stage.deleted:
        if one in jobs or any(one in file for file in stage.stored):
            yield one


def _is_done(stage: Stage, jobs: Mapping[str, Job], job_id: str) -> bool:
    """Whether a render has ended, or is deleted."""
    return job_id in stage.deleted or (job_id in jobs and jobs[job_id].state.terminal)


def _wrong_webhooks(stage: Stage, jobs: Mapping[str, Job]) -> Iterator[str]:
    """What customers were not told, or otherwise than once.

    What the stream has not told of goes to addresses, by the sweeper, and to no endpoint. A render that is
    deleted may have been told before.
    """
    ended = {_webhook_of(job): job for job in jobs.values() if job.state.terminal}
    owed = {name for name, job in ended.items() if job.webhook_url or job.id not in stage.unheard}
    allowed = ended.keys() | {_webhook_of(job) for job in stage.deleted.values()}
    yield from (f"{one} was not sent" for one in sorted(owed - stage.posted.keys()))
    yield from (f"{one} is about no end" for one in sorted(stage.posted.keys() - allowed))
    for one, bodies in stage.posted.items():
        if len(bodies) > 1:
            yield f"{one} had {len(bodies)} bodies"


def _webhook_of(job: Job) -> str:
    name = f"msg_{job.id}_{job.attempt}"
    return name if job.webhook_url else f"{name}_{ENDPOINT}"


def _ends(stage: Stage, job: Job) -> int:
    """How often the job has ended, by its history, which must lead to where it is, or by the witness."""
    state, ends = None, 0
    for event in CustomerJobs(stage.table).events(job.id):
        if (state, event.kind) not in TRANSITIONS:
            return 2
        state = TRANSITIONS[state, event.kind]
        ends += state in TERMINAL
    return max(ends, stage.witness.ended.get(job.id, 0)) if state is job.state else 2


def _wrong(stage: Stage, job: Job, letters: set[str]) -> Iterator[str]:
    if job.state is JobState.SUCCEEDED and job.output_key not in stage.stored:
        yield f"{job.id} has no video"
    if job.state is JobState.FAILED and job.id not in letters:
        yield f"{job.id} has no dead letter"
    if job.state is JobState.FAILED and attempts_spent(job) < LIMIT:
        yield f"{job.id} failed at attempt {attempts_spent(job)} of {LIMIT}"


def _miscounted(stage: Stage, jobs: Mapping[str, Job]) -> Iterator[str]:
    """Tenants whose usage is not that of their renders; those of whose end nobody heard may be missing."""
    today = datetime.fromtimestamp(stage.clock(), UTC).date()
    for tenant in TENANTS:
        days = CustomerJobs(stage.table).usage(tenant, date(1970, 1, 1), today)
        for state in sorted(TERMINAL):
            ended = [job.id for job in jobs.values() if job.tenant == tenant and job.state is state]
            counted = sum(getattr(day.totals, state.value) for day in days)
            unheard = sum(one in stage.unheard for one in ended)
            if not len(ended) - unheard <= counted <= len(ended):
                yield f"{tenant} has {len(ended)} renders that {state}, and {counted} are counted"


@contextmanager
def _ids_of(chance: Random) -> Iterator[None]:
    """Ids from the seed, so that what is sorted by them comes in the same order."""
    ids.secrets = SimpleNamespace(randbits=chance.getrandbits)  # type: ignore[assignment]
    try:
        yield
    finally:
        ids.secrets = secrets
