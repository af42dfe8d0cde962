"""When a program should look at a render again."""

import math
from typing import Final

from handlers.jobs.model import Job
from handlers.jobs.states import JobState

SHARE: Final = 10
"""The pause is one part in so many of the time that the render has waited or rendered: whoever keeps to it
learns of the next state at most a tenth later than it came, with few requests."""
SHORTEST_S, LONGEST_S = 1, 30


def poll_after(job: Job, now: float) -> int | None:
    """Seconds until the next look; None when the render has ended."""
    if job.state.terminal:
        return None
    if job.cancel_requested:
        return SHORTEST_S
    since = job.started_at if job.state is JobState.RENDERING else job.enqueued_at
    return pause_after(now - (job.created_at if since is None else since))


def pause_after(seconds: float) -> int:
    """Seconds until the next look at what has lasted for so many seconds."""
    return min(max(math.ceil(seconds / SHARE), SHORTEST_S), LONGEST_S)
