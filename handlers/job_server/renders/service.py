"""The operations of the job server on renders and assets, each in a class of its own."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from handlers.job_server.ports import Jobs, Objects, Queue
from handlers.job_server.renders.callers import Limits
from handlers.job_server.renders.ending import Endings
from handlers.job_server.renders.intake import Intake
from handlers.job_server.renders.looking import Looks
from handlers.job_server.renders.submitting import Submissions
from handlers.job_server.uploads import Uploads


@dataclass(frozen=True, kw_only=True)
class RenderService:
    """The job server without HTTP."""

    limits: Limits
    intake: Intake
    submissions: Submissions
    looks: Looks
    endings: Endings
    uploads: Uploads

    @classmethod
    def of(  # noqa: PLR0913 - the ports, and two clocks
        cls,
        *,
        jobs: Jobs,
        objects: Objects,
        queue: Queue,
        limits: Limits,
        clock: Callable[[], float],
        timer: Callable[[], float] = time.monotonic,
    ) -> "RenderService":
        """The service on these ports."""
        intake = Intake(jobs=jobs, objects=objects, queue=queue, limits=limits, clock=clock, timer=timer)
        looks = Looks(jobs=jobs, objects=objects, attempts=limits.attempts, clock=clock, timer=timer)
        return cls(
            limits=limits,
            intake=intake,
            submissions=Submissions(intake),
            looks=looks,
            endings=Endings(jobs=jobs, looks=looks, clock=clock),
            uploads=Uploads(jobs=jobs, objects=objects, retention_days=limits.retention_days, clock=clock),
        )
