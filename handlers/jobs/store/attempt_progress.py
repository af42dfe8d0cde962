"""How far an attempt is: an item of its own beside the job.

It has no key of any index. A job is copied whole into two of them, so each change of a job is written three
times (DynamoDB developer guide, "Global secondary indexes"); a change here is written once.
"""

from dataclasses import dataclass, replace

from handlers.jobs.model import Job
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.items import Reader
from handlers.jobs.store.keys import Entity
from handlers.jobs.store.table import Condition, Put, Table


@dataclass(frozen=True, kw_only=True)
class AttemptProgress:
    """How far one attempt of a job is, in percent and in the engine's words."""

    job_id: str
    attempt: int
    percent: int
    stage: str


def write(table: Table, progress: AttemptProgress, *, expires_at: int) -> bool:
    """Replaces what was known; False when that is of a later attempt."""
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
    """The job and how far its present attempt is, if it is being rendered and its worker has said so."""
    item = table.get(keys.progress(job.id)) if job.state is JobState.RENDERING else None
    if item is None:
        return job
    read = Reader(item)
    if read.number("attempt") != job.attempt:
        return job
    return replace(job, progress=int(read.number("percent")), stage=read.text("stage"))
