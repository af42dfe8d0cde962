"""The pause grows with the time that a render has taken, and ends with it."""

from dataclasses import replace

import pytest

from handlers.job_server.renders.polling import LONGEST_S, SHORTEST_S, poll_after
from handlers.jobs.states import JobState
from tests.handlers.conftest import START, a_job

QUEUED = a_job(now=START)
RENDERING = replace(QUEUED, state=JobState.RENDERING, started_at=START + 100)


@pytest.mark.parametrize(
    ("job", "seconds", "pause"),
    [
        (QUEUED, 0, SHORTEST_S),
        (QUEUED, -5, SHORTEST_S),
        (QUEUED, 25, 3),
        (QUEUED, 10_000, LONGEST_S),
        (replace(QUEUED, enqueued_at=START + 50), 100, 5),
        (replace(QUEUED, enqueued_at=None), 100, 10),
        (RENDERING, 100, SHORTEST_S),
        (RENDERING, 250, 15),
        (replace(RENDERING, cancel_requested=True), 10_000, SHORTEST_S),
    ],
)
def test_the_pause_is_a_tenth_of_the_time_so_far(job, seconds: float, pause: int) -> None:
    assert poll_after(job, START + seconds) == pause


@pytest.mark.parametrize("state", [JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED])
def test_nobody_needs_to_look_at_a_render_that_has_ended(state: JobState) -> None:
    assert poll_after(replace(RENDERING, state=state), START) is None
