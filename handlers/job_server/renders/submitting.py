"""How a render is accepted: checked, stored once, and sent to its fleet's queue."""

import json
from dataclasses import dataclass, replace

import structlog

from handlers.job_server.queue_limit import QueueFullError
from handlers.job_server.renders.callers import Caller
from handlers.job_server.renders.idempotency import new_record, replayed
from handlers.job_server.renders.intake import Intake
from handlers.job_server.schemas.requests import RefusedError, RenderRequest
from handlers.jobs.composition import Length
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.ids import new_job_id
from handlers.jobs.json_schema.values import Json
from handlers.jobs.model import Job
from handlers.jobs.store.compositions import packed
from handlers.jobs.tracing import log_fields

_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """The id of a submission's job, and the job itself unless an earlier request created it.

    `message_id` is its message on the queue, None when none was sent.
    """

    job_id: str
    job: Job | None = None
    message_id: str | None = None

    @property
    def replayed(self) -> bool:
        """Whether an earlier request created the job."""
        return self.job is None


class Submissions:
    """Takes in renders one by one."""

    def __init__(self, intake: Intake) -> None:
        self._intake, self._jobs, self._clock = intake, intake.jobs, intake.clock

    def submit(self, caller: Caller, request: RenderRequest, *, body: Json, key: str | None) -> Accepted:
        """Accept a render once: the same key with the same body is the same job.

        Raises:
            KeyReusedError: the key stands for another body.
            QueueFullError: the tenant must wait.
            RefusedError: the composition names assets that are not there, or too large.
        """
        now = round(self._clock(), 3)
        job = self._intake.new_job(caller, request, now, new_job_id(now))
        record = new_record(caller, key, body, stands_for=job.id, now=now) if key else None
        composition = json.dumps(request.composition).encode()
        small = packed(composition)
        job = replace(job, composition_is_large=small is None)
        try:
            with self._intake.queue_limit.slot(caller.tenant, request.fleet, limit=caller.limits.queued):
                self._intake.check_assets(caller.tenant, [request])
                if small is None:
                    self._intake.objects.store_composition(job.composition_key, composition)
                first = self._jobs.submit(job, record=record, actor=caller.actor, now=now, composition=small)
        except (QueueFullError, RefusedError):
            # Whoever asks again for what was accepted gets that, whatever holds for new renders now.
            first = self._jobs.idempotency_record(caller.tenant, key, now=now) if key else None
            if first is None:
                raise
        if first and record:
            return Accepted(job_id=replayed(first, record))
        return Accepted(job_id=job.id, job=job, message_id=self._send(job))

    def accepted_before(self, caller: Caller, *, body: Json, key: str) -> Accepted | None:
        """What this submission got earlier; None when it is a new one.

        Raises:
            KeyReusedError: the key stands for another body.
        """
        now = self._clock()
        first = self._jobs.idempotency_record(caller.tenant, key, now=now)
        again = new_record(caller, key, body, stands_for="", now=now)
        return Accepted(job_id=replayed(first, again)) if first else None

    def check(self, caller: Caller, request: RenderRequest) -> Length | None:
        """How long the video of a submission would be, as far as is known; stores nothing.

        Raises:
            RefusedError: the composition names assets that are not there, or too large.
        """
        self._intake.check_assets(caller.tenant, [request])
        return request.length

    def _send(self, job: Job) -> str | None:
        """Send the job's message; the job is already stored, so when this fails the sweeper sends it."""
        try:
            return self._intake.queue.send(job, now=round(self._clock(), 3))
        except Exception as error:
            passing = isinstance(error, TryAgainLater)
            _log.warning("dispatch_failed", error=type(error).__name__, passing=passing, **log_fields(job))
            return None
