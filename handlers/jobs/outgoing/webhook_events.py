"""The types of webhooks: what an endpoint may ask for, and the test that it may be sent."""

from typing import Final

from handlers.jobs.model import Job
from handlers.jobs.states import JobState

RENDER_EVENTS: Final = tuple(f"render.{state.value}" for state in JobState if state.terminal)
TEST_EVENT: Final = "endpoint.test"


def event_of(job: Job) -> str:
    """The type of the webhook about a job that has ended."""
    return f"render.{job.state.value}"
