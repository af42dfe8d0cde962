"""The progress of an attempt, in an item of its own beside the job.

The item is in no index. A job is copied whole into two indexes, so each change to a job is written three
times (DynamoDB developer guide, "Global secondary indexes"); a change here is written once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from handlers.jobs.foreign.foreign_text import printable
from handlers.jobs.model import Job
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Item
from handlers.jobs.store.keys import Entity
from handlers.jobs.store.reading import Reader, UnreadableItemError
from handlers.jobs.store.table import Condition, Put, Table

LONGEST_STAGE = 100
"""Characters of a stage that are shown; the agent stores at most 40."""


@dataclass(frozen=True, kw_only=True)
class AttemptProgress:
    """The progress of one attempt, in percent, and the stage that the engine reports."""

    job_id: str
    attempt: int
    percent: int
    stage: str


def write(table: Table, progress: AttemptProgress, *, expires_at: int) -> bool:
    """Replace the stored progress; False when that is of a later attempt."""
    key = keys.progress(progress.job_id)
    return table.put(
        Put(
            item={
                "pk": key.pk,
                "sk": key.sk,
                "entity": Entity.PROGRESS,
                "attempt": progress.attempt,
                "percent": progress.percent,
                "stage": progress.stage,
                "expires_at": expires_at,
            },
            condition=Condition(
                "attribute_not_exists(#pk) OR #attempt <= :attempt", {":attempt": progress.attempt}
            ),
        )
    )


def with_progress(table: Table, job: Job) -> Job:
    """The job with the progress of its current attempt, if its worker has reported any that can be read."""
    return progressed(job, table.get(keys.progress(job.id)) if job.state is JobState.RENDERING else None)


def all_with_progress(table: Table, jobs: Sequence[Job]) -> tuple[Job, ...]:
    """The jobs in order, each as of `with_progress`; up to `MOST_KEYS` of them, mostly by one call."""
    places = {job.id: keys.progress(job.id) for job in jobs if job.state is JobState.RENDERING}
    found = table.get_all(places.values()) if places else {}
    return tuple(progressed(job, found.get(places[job.id]) if job.id in places else None) for job in jobs)


def progressed(job: Job, item: Item | None) -> Job:
    """The job with what its progress item says of its current attempt."""
    if item is None or job.state is not JobState.RENDERING:
        return job
    read = Reader(item)
    try:
        if read.number("attempt") != job.attempt:
            return job
        stage = printable(read.text("stage"), LONGEST_STAGE)
        return replace(job, progress=read.whole("percent", most=100), stage=stage)
    except UnreadableItemError:
        return job
