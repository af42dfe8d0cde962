"""What submissions of every kind share: checks, slots of their tenants, and the making of a job."""

import time
from collections.abc import Callable, Sequence

from handlers.job_server import assets
from handlers.job_server.ports import Jobs, Objects, Queue
from handlers.job_server.queue_limit import QueueLimit
from handlers.job_server.renders.callers import DAY, Caller, Limits
from handlers.job_server.schemas.requests import RefusedError, RenderRequest
from handlers.jobs.json_schema.values import Finding
from handlers.jobs.model import Job
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.tracing import trace_id_of


class Intake:
    """Where single renders and batches come in."""

    def __init__(  # noqa: PLR0913 - the ports, and two clocks
        self,
        *,
        jobs: Jobs,
        objects: Objects,
        queue: Queue,
        limits: Limits,
        clock: Callable[[], float],
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.jobs, self.objects, self.queue, self.clock = jobs, objects, queue, clock
        self._limits = limits
        self.queue_limit = QueueLimit(self._queued, limits.tenant_queued, clock=timer)

    def check_assets(self, tenant: str, requests: Sequence[RenderRequest]) -> None:
        """Look up each asset once, also one that is not there and that many requests name.

        Raises:
            RefusedError: some are not there, or too large.
        """
        named = {asset: keys.asset_object(tenant, asset) for one in requests for asset in one.assets}
        if not named:
            return
        counts = self.objects.pixels_of(named.values())
        found = dict[Finding, None]()
        for one in requests:
            mistakes = assets.findings(one.composition, one.assets, lambda asset: counts[named[asset]])
            found |= dict.fromkeys(mistakes)
        if found:
            raise RefusedError([*found])

    def new_job(self, caller: Caller, request: RenderRequest, now: float, job_id: str) -> Job:
        """The job of a submission, queued."""
        return Job(
            id=job_id,
            tenant=caller.tenant,
            fleet=request.fleet,
            state=JobState.QUEUED,
            attempt=1,
            created_at=now,
            updated_at=now,
            enqueued_at=now,
            # Before the message is sent: a write after it would be one more for every render.
            dispatched_at=now,
            expires_at=int(now) + self._limits.days_of(caller.tenant) * DAY,
            composition_key=keys.composition_object(caller.tenant, job_id),
            trace_id=trace_id_of(job_id),
            event_count=0,
            template=request.template,
            priority=request.priority,
            caller_traceparent=caller.traceparent,
            webhook_url=request.webhook_url,
            metadata=request.metadata,
            output_options=request.output,
            rendering_limit=caller.limits.rendering,
        )

    def _queued(self, tenant: str, fleet: str, at_most: int) -> int:
        return self.jobs.queued_of_tenant(tenant, fleet=fleet, at_most=at_most)
