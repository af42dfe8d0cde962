"""The states of a job as the table's stream spells them, for filters on that stream.

Components import no handler: tests/contracts/test_states.py proves that these are the states of
handlers/jobs/states.py, where a state is added.
"""

from collections.abc import Collection
from enum import StrEnum


class JobState(StrEnum):
    """A copy of the handlers' enum."""

    QUEUED = "queued"
    RENDERING = "rendering"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED = (JobState.QUEUED, JobState.RENDERING)
FINISHED = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


def image(states: Collection[JobState]) -> dict[str, object]:
    """The filter for a stream image of a job in one of these states."""
    return {"entity": {"S": ["JOB"]}, "state": {"S": [state.value for state in states]}}
