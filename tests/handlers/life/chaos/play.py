"""Plays customers on the stage, and says what must not have happened."""

import json
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from random import Random
from types import SimpleNamespace
from typing import Final

from handlers.jobs import ids
from handlers.jobs.model import Job
from handlers.jobs.states import TERMINAL
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.customers.deletions import UPLOADS_END_SECONDS
from tests.handlers.life.chaos.customers import TENANTS, Customers
from tests.handlers.life.chaos.judging import (
    Played,
    answered_differently,
    ends,
    lost,
    too_few,
    webhook_id,
    webhooks_wrong,
    wrong,
)
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
        lost=lost(set(customers.accepted) - stage.deleted.keys(), jobs),
        published_twice=[
            one
            for one, job in jobs.items()
            if ends(job, CustomerJobs(stage.table).events(one), stage.witness.ended.get(one, 0)) > 1
        ],
        webhooks_wrong=_webhooks_wrong(stage, jobs),
        mistakes=[
            *stage.schedule.errors,
            *stage.witness.mistakes,
            *customers.mistakes,
            *answered_differently(customers.answers),
            *(f"{one} was never accepted" for one in jobs.keys() - set(customers.accepted)),
            *(mistake for job in jobs.values() for mistake in wrong(job, stage.stored, letters, LIMIT)),
            *_miscounted(stage, {**stage.deleted, **jobs}),
            *(f"{one} is deleted, and still there" for one in sorted(_left(stage, jobs))),
            *too_few(customers.accepted, renders),
        ],
    )


def _left(stage: Stage, jobs: Mapping[str, Job]) -> Iterator[str]:
    """Deleted renders of which something is left."""
    for one in stage.deleted:
        if one in jobs or any(one in file for file in stage.stored):
            yield one


def _webhooks_wrong(stage: Stage, jobs: Mapping[str, Job]) -> list[str]:
    """What customers were not told, or otherwise than once.

    What the stream has not told of goes to addresses, by the sweeper, and to no endpoint. A render that is
    deleted may have been told before.
    """
    ended = {_webhook_of(job): job for job in jobs.values() if job.state.terminal}
    owed = {name for name, job in ended.items() if job.webhook_url or job.id not in stage.unheard}
    return webhooks_wrong(
        stage.posted, owed=owed, allowed=ended.keys() | {_webhook_of(job) for job in stage.deleted.values()}
    )


def _webhook_of(job: Job) -> str:
    name = webhook_id(job)
    return name if job.webhook_url else f"{name}_{ENDPOINT}"


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
