"""How a render ended, in the words of its metric."""

from handlers.jobs.model import Job
from handlers.jobs.states import JobState
from handlers.telemetry.metrics import Outcome


def outcome_of(job: Job) -> Outcome | None:
    """The outcome of a job that has ended; None while it has not."""
    match job.state:
        case JobState.SUCCEEDED:
            return Outcome.SUCCEEDED
        case JobState.CANCELLED:
            return Outcome.CANCELLED
        case JobState.FAILED:
            customers_own = job.failure is not None and job.failure.code.customers_own
            return Outcome.REFUSED if customers_own else Outcome.FAILED
        case JobState.QUEUED | JobState.RENDERING:
            return None
