"""What a submission writes for each job."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from handlers.jobs import transitions
from handlers.jobs.model import Job
from handlers.jobs.store.compositions import composition_put
from handlers.jobs.store.table import Write
from handlers.jobs.store.webhook_addresses import address_put
from handlers.jobs.store.writing import writes
from handlers.jobs.transitions import Stamp

MOST_WRITES: Final = 4
"""Items that a submission writes for one job."""


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A new job and its packed composition; without one, the bucket has it."""

    job: Job
    composition: bytes | None


def submission_writes(submission: Submission, stamp: Stamp) -> Iterator[Write]:
    """The job, its event, its packed composition and the address of its webhook."""
    job = submission.job
    yield from writes(transitions.submitted(job, stamp))
    if submission.composition:
        yield composition_put(job, submission.composition)
    if job.webhook_url:
        yield address_put(job, job.webhook_url)
