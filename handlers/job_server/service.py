"""The operations of the job server, without HTTP: submit, get, list, cancel, announce an asset."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from handlers.job_server import assets
from handlers.job_server.ports import Jobs, Link, Objects, Queue
from handlers.job_server.queue_limit import QueueLimit
from handlers.job_server.schemas.requests import AssetRequest, RefusedError, RenderRequest
from handlers.job_server.waiting import Waiting, why
from handlers.jobs.answers import CancelRefusal
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.ids import new_asset_id, new_job_id
from handlers.jobs.messages.render_queue import RenderMessage
from handlers.jobs.model import DeliveryAttempt, Job, JobEvent
from handlers.jobs.schema_check import Json
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.customer_jobs import IdempotencyRecord
from handlers.jobs.store.reading import UnreadableItemError
from handlers.jobs.tracing import log_fields, trace_id_of

IDEMPOTENCY_SECONDS = 24 * 3600
_DAY = 24 * 3600
_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who sends a request, and in which trace context."""

    tenant: str
    traceparent: str | None = None

    @property
    def actor(self) -> str:
        """The caller's name in a job's event list."""
        return f"api:{self.tenant}"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits for one tenant, and retention."""

    tenant_queued: int
    retention_days: int
    attempts: int


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """The job of a submission; `replayed` when an earlier request created it.

    `message_id` is its message on the queue, None when none was sent.
    """

    job: Job
    replayed: bool
    message_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Render:
    """A job as its owner sees it: why it waits, if it does, and a link to its video, if there is one."""

    job: Job
    attempt_limit: int
    waiting: Waiting | None
    video: Link | None


@dataclass(frozen=True, kw_only=True)
class RenderPage:
    """A page of the caller's renders, newest first, and the cursor of the next page."""

    renders: tuple[Render, ...]
    cursor: str | None


class KeyReusedError(Exception):
    """The idempotency key belongs to another request."""


class NotFoundError(Exception):
    """The caller has no such job."""


class FinalError(Exception):
    """The job has already ended."""

    def __init__(self, state: JobState) -> None:
        super().__init__(state.value)
        self.state = state


def report_unreadable(error: UnreadableItemError) -> None:
    """Log an item that was skipped, for an operator, who looks for who wrote it."""
    _log.error("item_unreadable", error=str(error))


class RenderService:
    """The job server without HTTP."""

    def __init__(
        self, *, jobs: Jobs, objects: Objects, queue: Queue, limits: Limits, clock: Callable[[], float]
    ) -> None:
        self._jobs, self._objects, self._queue, self._limits = jobs, objects, queue, limits
        self._clock = clock
        self._queue_limit = QueueLimit(self._queued, limits.tenant_queued)

    def submit(self, caller: Caller, request: RenderRequest, *, body: Json, key: str | None) -> Accepted:
        """Accept a render once: the same key with the same body is the same job.

        Raises:
            KeyReusedError: the key stands for another body.
            QueueFullError: the tenant must wait.
            RefusedError: the composition names assets that are not there, or too large.
            TryAgainLater: the key's job was removed just now; the next request makes a new one.
        """
        now = round(self._clock(), 3)
        digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        earlier = self._jobs.idempotency_record(caller.tenant, key, now=now) if key else None
        if earlier:
            return self._replayed(earlier, digest)
        job = self._new_job(caller, request, now)
        record = key and IdempotencyRecord(
            tenant=caller.tenant,
            key=key,
            job_id=job.id,
            body_sha256=digest,
            expires_at=int(now) + IDEMPOTENCY_SECONDS,
        )
        with self._queue_limit.slot(caller.tenant, request.fleet):
            self._check_assets(caller.tenant, request)
            self._objects.store_composition(job.composition_key, json.dumps(request.composition).encode())
            first = self._jobs.submit(job, record=record or None, actor=caller.actor, now=now)
        if first:
            return self._replayed(first, digest)
        return Accepted(job=job, replayed=False, message_id=self._send(job))

    def get(self, caller: Caller, job_id: str) -> Render:
        """One of the caller's renders.

        Raises:
            NotFoundError: there is none, or it is somebody else's.
        """
        return self._renders([self._own(caller, job_id)])[0]

    def page(self, caller: Caller, *, limit: int, state: JobState | None, cursor: str | None) -> RenderPage:
        """A page of the caller's renders, newest first."""
        page = self._jobs.page(caller.tenant, limit=limit, state=state, cursor=cursor)
        return RenderPage(renders=self._renders(page.jobs), cursor=page.cursor)

    def events(self, caller: Caller, job_id: str) -> list[JobEvent]:
        """The events of one of the caller's jobs."""
        return self._jobs.events(self._own(caller, job_id).id)

    def deliveries(self, caller: Caller, job_id: str) -> list[DeliveryAttempt]:
        """The webhook deliveries of one of the caller's jobs."""
        return self._jobs.deliveries(self._own(caller, job_id).id)

    def cancel(self, caller: Caller, job_id: str) -> Render:
        """Cancel a render, or ask its worker to.

        Raises:
            FinalError: it has ended already.
            NotFoundError: there is none, or it is somebody else's.
        """
        job = self._own(caller, job_id)
        answer = self._jobs.request_cancel(job.id, actor=caller.actor, now=round(self._clock(), 3))
        if answer is CancelRefusal.FINAL:
            raise FinalError(self._own(caller, job_id).state)
        if answer in {CancelRefusal.NO_SUCH_JOB, CancelRefusal.UNREADABLE}:
            raise NotFoundError(job_id)
        return self._renders([answer])[0]

    def announce_asset(self, caller: Caller, request: AssetRequest) -> tuple[str, Link]:
        """A new asset id for the caller, and the request that uploads the file."""
        now = self._clock()
        asset_id = new_asset_id(now)
        link = self._objects.upload_link(
            keys.asset_object(caller.tenant, asset_id),
            content_type=request.content_type,
            size=request.size,
            now=now,
        )
        return asset_id, link

    def _own(self, caller: Caller, job_id: str) -> Job:
        job = self._readable(job_id)
        if job is None or job.tenant != caller.tenant:
            raise NotFoundError(job_id)
        return job

    def _readable(self, job_id: str) -> Job | None:
        """The job; one that cannot be read proves nobody's claim to it."""
        try:
            return self._jobs.get(job_id)
        except UnreadableItemError as error:
            report_unreadable(error)
            return None

    def _renders(self, jobs: Sequence[Job]) -> tuple[Render, ...]:
        """Add wait reasons and links; reads a scaler's record once for each fleet with queued jobs."""
        fleets = {job.fleet for job in jobs if job.state is JobState.QUEUED}
        views = {fleet: self._jobs.scaler_view(fleet) for fleet in fleets}
        now = self._clock()
        return tuple(
            Render(
                job=job,
                attempt_limit=self._limits.attempts,
                waiting=why(job, views[job.fleet], now) if job.state is JobState.QUEUED else None,
                video=self._objects.download_link(job.output_key, now=now) if job.output_key else None,
            )
            for job in jobs
        )

    def _replayed(self, record: IdempotencyRecord, digest: str) -> Accepted:
        if record.body_sha256 != digest:
            raise KeyReusedError(record.key)
        job = self._readable(record.job_id)
        if job is None:
            # Where jobs are kept for a day, as long as keys, both leave the table within one moment.
            raise TryAgainLater(f"{record.job_id} has left the table")
        return Accepted(job=job, replayed=True)

    def _check_assets(self, tenant: str, request: RenderRequest) -> None:
        named = {asset: keys.asset_object(tenant, asset) for asset in request.assets}
        starts = self._objects.starts(named.values()) if named else {}
        found = assets.findings(request.composition, request.assets, lambda asset: starts[named[asset]])
        if found:
            raise RefusedError(found)

    def _queued(self, tenant: str, fleet: str) -> int:
        return self._jobs.queued_of_tenant(tenant, fleet=fleet, at_most=self._limits.tenant_queued)

    def _new_job(self, caller: Caller, request: RenderRequest, now: float) -> Job:
        job_id = new_job_id(now)
        return Job(
            id=job_id,
            tenant=caller.tenant,
            fleet=request.fleet,
            state=JobState.QUEUED,
            attempt=1,
            created_at=now,
            updated_at=now,
            enqueued_at=now,
            expires_at=int(now) + self._limits.retention_days * _DAY,
            composition_key=keys.composition_object(caller.tenant, job_id),
            trace_id=trace_id_of(job_id),
            event_count=0,
            template=request.template,
            caller_traceparent=caller.traceparent,
            webhook_url=request.webhook_url,
        )

    def _send(self, job: Job) -> str | None:
        """Send the job's message; the job is already stored, so when this fails the sweeper sends it."""
        try:
            return self._queue.send(
                job.fleet,
                RenderMessage(job_id=job.id, attempt=job.attempt),
                tenant=job.tenant,
                now=round(self._clock(), 3),
            )
        except Exception as error:
            passing = isinstance(error, TryAgainLater)
            _log.warning("dispatch_failed", error=type(error).__name__, passing=passing, **log_fields(job))
            return None
