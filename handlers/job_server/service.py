"""The operations of the job server, without HTTP: on renders, assets and usage."""

import hashlib
import json
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import ClassVar, TypeVar

import structlog

from handlers.job_server import assets
from handlers.job_server.memory import Memory
from handlers.job_server.polling import poll_after
from handlers.job_server.ports import Jobs, Link, Objects, Queue
from handlers.job_server.queue_limit import QueueFullError, QueueLimit
from handlers.job_server.schemas.inclusion import Part
from handlers.job_server.schemas.requests import AssetRequest, RefusedError, RenderRequest
from handlers.job_server.waiting import Waiting, why
from handlers.jobs.answers import CancelRefusal, DeleteRefusal
from handlers.jobs.composition import Length
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.ids import BATCH_ID, new_asset_id, new_job_id
from handlers.jobs.model import DeliveryAttempt, Job, JobEvent, ScalerView
from handlers.jobs.schema_check import Finding, Json
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.api_keys import KeyOwner
from handlers.jobs.store.compositions import packed
from handlers.jobs.store.customers.asset_deletions import AssetDeletion
from handlers.jobs.store.customers.idempotency import IdempotencyRecord
from handlers.jobs.store.customers.listing import BadCursorError, JobFilter
from handlers.jobs.store.customers.tenant_limits import NO_LIMITS, TenantLimits
from handlers.jobs.store.customers.usage_days import UsageDay
from handlers.jobs.store.reading import UnreadableItemError
from handlers.jobs.tenants import spaces
from handlers.jobs.tenants.usage import Remaining, Usage, remaining, usage
from handlers.jobs.tracing import log_fields, trace_id_of

IDEMPOTENCY_SECONDS = 24 * 3600
_DAY = 24 * 3600
VIEW_SECONDS = 5.0
"""How long a scaler's decision is shown after it was read. Nobody waits for it: it says why others wait."""
_log = structlog.get_logger()
Read = TypeVar("Read")


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who sends a request, and in which trace context."""

    tenant: str
    traceparent: str | None = None
    limits: TenantLimits = NO_LIMITS

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


@dataclass(frozen=True, kw_only=True)
class Render:
    """A job as its owner sees it: why it waits, if it does, and a link to its video, if there is one.

    What follows from its events, and the parts that were asked for, only a look at one render has.
    """

    job: Job
    attempt_limit: int
    waiting: Waiting | None
    video: Link | None
    poster: Link | None
    poll_after_s: int | None
    usage: Usage | None = None
    remaining: Remaining | None = None
    composition: dict[str, Json] | None = None
    events: tuple[JobEvent, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class RenderPage:
    """A page of the caller's renders, newest first, and the cursor of the next page."""

    renders: tuple[Render, ...]
    cursor: str | None


@dataclass(frozen=True, kw_only=True)
class Intake:
    """What submissions of every kind need, so that they share the slots of their tenants."""

    jobs: Jobs
    objects: Objects
    queue: Queue
    queue_limit: QueueLimit
    clock: Callable[[], float]
    check_assets: Callable[[str, Sequence[RenderRequest]], None]
    new_job: Callable[[Caller, RenderRequest, float, str], Job]


class KeyReusedError(Exception):
    """The idempotency key belongs to another request, so `what` is asked for now is not made."""

    def __init__(self, what: str, *, why: str = "was used with another body") -> None:
        super().__init__(what)
        self.what, self.why = what, why


class NotFoundError(Exception):
    """The caller has no such job."""

    what: ClassVar[str] = "render"


class AssetNotFoundError(NotFoundError):
    """The caller has no such asset."""

    what = "asset"


class FinalError(Exception):
    """The job has already ended."""

    def __init__(self, state: JobState) -> None:
        super().__init__(state.value)
        self.state = state


class NotFinalError(Exception):
    """The job has not ended yet."""


def report_unreadable(error: UnreadableItemError) -> None:
    """Log an item that was skipped, for an operator, who looks for who wrote it."""
    _log.error("item_unreadable", error=str(error))


class RenderService:
    """The job server without HTTP."""

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
        self._jobs, self._objects, self._queue, self._limits = jobs, objects, queue, limits
        self._clock = clock
        self._queue_limit = QueueLimit(self._queued, limits.tenant_queued, clock=timer)
        self._views: Memory[str, ScalerView] = Memory(VIEW_SECONDS, clock=timer)
        self.intake = Intake(
            jobs=jobs,
            objects=objects,
            queue=queue,
            queue_limit=self._queue_limit,
            clock=clock,
            check_assets=self._check_assets,
            new_job=self._new_job,
        )

    def submit(self, caller: Caller, request: RenderRequest, *, body: Json, key: str | None) -> Accepted:
        """Accept a render once: the same key with the same body is the same job.

        Raises:
            KeyReusedError: the key stands for another body.
            QueueFullError: the tenant must wait.
            RefusedError: the composition names assets that are not there, or too large.
        """
        now = round(self._clock(), 3)
        job = self._new_job(caller, request, now, new_job_id(now))
        record = new_record(caller, key, body, stands_for=job.id, now=now) if key else None
        composition = json.dumps(request.composition).encode()
        small = packed(composition)
        job = replace(job, composition_is_large=small is None)
        try:
            with self._queue_limit.slot(caller.tenant, request.fleet, limit=caller.limits.queued):
                self._check_assets(caller.tenant, [request])
                if small is None:
                    self._objects.store_composition(job.composition_key, composition)
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
        self._check_assets(caller.tenant, [request])
        return request.length

    def get(self, caller: Caller, job_id: str, include: Collection[Part] = ()) -> Render:
        """One of the caller's renders, with the parts that were asked for.

        Raises:
            NotFoundError: there is none, or it is somebody else's.
        """
        look = self._readable(self._jobs.look, job_id)
        if look is None or look.job.tenant != caller.tenant:
            raise NotFoundError(job_id)
        now, job = self._clock(), look.job
        return replace(
            self._renders([job])[0],
            usage=usage(job, look.events, now=now),
            remaining=remaining(job, look.events, now=now),
            composition=self._composition(job) if Part.COMPOSITION in include else None,
            events=look.events if Part.EVENTS in include else None,
        )

    def page(
        self, caller: Caller, *, limit: int, wanted: JobFilter, key: str | None, cursor: str | None
    ) -> RenderPage:
        """A page of the caller's renders that the filter takes, newest first.

        With an idempotency key, only the render, or those of the batch, that the key stands for.

        Raises:
            BadCursorError: the cursor was not returned by this list.
        """
        if key is not None:
            return self._page_of_key(caller, key, limit=limit, wanted=wanted, cursor=cursor)
        page = self._jobs.page(caller.tenant, limit=limit, wanted=wanted, cursor=cursor)
        return RenderPage(renders=self._renders(page.jobs), cursor=page.cursor)

    def events(self, caller: Caller, job_id: str) -> list[JobEvent]:
        """The events of one of the caller's jobs."""
        return self._jobs.events(self.own(caller, job_id).id)

    def deliveries(self, caller: Caller, job_id: str) -> list[DeliveryAttempt]:
        """The newest attempts to deliver the webhook of one of the caller's jobs."""
        return self._jobs.deliveries(self.own(caller, job_id).id)

    def usage(self, caller: Caller, first: date, last: date) -> list[UsageDay]:
        """What the caller's renders that ended on these days have used, both included."""
        return self._jobs.usage(caller.tenant, first, last)

    def cancel(self, caller: Caller, job_id: str) -> Render:
        """Cancel a render, or ask its worker to.

        Raises:
            FinalError: it has ended already.
            NotFoundError: there is none, or it is somebody else's.
        """
        job = self.own(caller, job_id)
        answer = self._jobs.request_cancel(job.id, actor=caller.actor, now=round(self._clock(), 3))
        if answer is CancelRefusal.FINAL:
            raise FinalError(self.own(caller, job_id).state)
        if answer in {CancelRefusal.NO_SUCH_JOB, CancelRefusal.UNREADABLE}:
            raise NotFoundError(job_id)
        return self._renders([answer])[0]

    def delete(self, caller: Caller, job_id: str) -> None:
        """Delete a render that has ended; its files go within minutes. Deleting it again changes nothing.

        Raises:
            NotFinalError: it has not ended.
            NotFoundError: there is none, or it is somebody else's.
        """
        refusal = self._jobs.delete(
            job_id, tenant=caller.tenant, actor=caller.actor, now=round(self._clock(), 3)
        )
        if refusal is DeleteRefusal.NOT_FINAL:
            raise NotFinalError(job_id)
        if refusal is DeleteRefusal.NO_SUCH_JOB:
            raise NotFoundError(job_id)

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

    def delete_asset(self, caller: Caller, asset_id: str) -> None:
        """Delete an asset; its file goes within minutes. Deleting it again changes nothing.

        A render that waits and names it fails unless a worker has fetched the file before.

        Raises:
            AssetNotFoundError: there is none, or it is somebody else's.
        """
        now, name = round(self._clock(), 3), keys.asset_object(caller.tenant, asset_id)
        if not self._objects.holds(name):
            if self._jobs.has_deleted_asset(caller.tenant, asset_id):
                return
            raise AssetNotFoundError(asset_id)
        self._jobs.delete_asset(
            AssetDeletion(asset_id=asset_id, tenant=caller.tenant, at=now),
            actor=caller.actor,
            expires_at=int(now) + self._limits.retention_days * _DAY,
        )
        self._objects.forget(name)

    def _page_of_key(
        self, caller: Caller, key: str, *, limit: int, wanted: JobFilter, cursor: str | None
    ) -> RenderPage:
        record = self._jobs.idempotency_record(caller.tenant, key, now=self._clock())
        if record and BATCH_ID.fullmatch(record.job_id):
            if wanted.batch not in {None, record.job_id}:
                return RenderPage(renders=(), cursor=None)
            wanted = replace(wanted, batch=record.job_id)
            return self.page(caller, limit=limit, wanted=wanted, key=None, cursor=cursor)
        if cursor is not None:
            raise BadCursorError("a list by the idempotency_key of one render has one page; leave it out")
        job = self._readable(self._jobs.get, record.job_id) if record else None
        found = [job] if job and job.tenant == caller.tenant and wanted.takes(job) else []
        return RenderPage(renders=self._renders(found), cursor=None)

    def own(self, caller: Caller, job_id: str) -> Job:
        """One of the caller's jobs.

        Raises:
            NotFoundError: there is none, or it is somebody else's.
        """
        job = self._readable(self._jobs.get, job_id)
        if job is None or job.tenant != caller.tenant:
            raise NotFoundError(job_id)
        return job

    def _readable(self, read: Callable[[str], Read | None], job_id: str) -> Read | None:
        """What is read of the job; one that cannot be read proves nobody's claim to it."""
        try:
            return read(job_id)
        except UnreadableItemError as error:
            report_unreadable(error)
            return None

    def _composition(self, job: Job) -> dict[str, Json] | None:
        """The job's composition, from the table or the bucket; None when it is gone."""
        content = None
        if not job.composition_is_large:
            content = self._readable(self._jobs.composition, job.id)
        if content is None:
            content = self._objects.composition(job.composition_key)
        found: Json = json.loads(content) if content else None
        return found if isinstance(found, dict) else None

    def _renders(self, jobs: Sequence[Job]) -> tuple[Render, ...]:
        """Add wait reasons and links; remembers the scaler's record of each fleet with queued jobs."""
        fleets = {job.fleet for job in jobs if job.state is JobState.QUEUED}
        views = {fleet: self._views.get(fleet, partial(self._jobs.scaler_view, fleet)) for fleet in fleets}
        now = self._clock()
        return tuple(
            Render(
                job=job,
                attempt_limit=self._limits.attempts,
                waiting=why(job, views[job.fleet], now) if job.state is JobState.QUEUED else None,
                video=self._objects.download_link(job.output_key, now=now) if job.output_key else None,
                poster=self._poster(job, now),
                poll_after_s=poll_after(job, now),
            )
            for job in jobs
        )

    def _poster(self, job: Job, now: float) -> Link | None:
        if job.output_key is None or job.output_options.poster_at_s is None:
            return None
        return self._objects.download_link(keys.poster_object(job.output_key), now=now)

    def _check_assets(self, tenant: str, requests: Sequence[RenderRequest]) -> None:
        """Look up each asset once, also one that is not there and that many requests name."""
        named = {asset: keys.asset_object(tenant, asset) for one in requests for asset in one.assets}
        counts = self._objects.pixels_of(named.values()) if named else {}
        found = dict[Finding, None]()
        for one in requests:
            mistakes = assets.findings(one.composition, one.assets, lambda asset: counts[named[asset]])
            found |= dict.fromkeys(mistakes)
        if found:
            raise RefusedError([*found])

    def _queued(self, tenant: str, fleet: str, at_most: int) -> int:
        return self._jobs.queued_of_tenant(tenant, fleet=fleet, at_most=at_most)

    def _new_job(self, caller: Caller, request: RenderRequest, now: float, job_id: str) -> Job:
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
            expires_at=int(now) + self._days(caller.tenant) * _DAY,
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

    def _days(self, tenant: str) -> int:
        return spaces.RETENTION_DAYS if spaces.is_test(tenant) else self._limits.retention_days

    def limits_of(self, owner: KeyOwner) -> TenantLimits:
        """What the owner of a key may do: with a test key, as many renders may wait as its share allows."""
        if not spaces.is_test(owner.tenant) or owner.limits.queued is not None:
            return owner.limits
        return replace(owner.limits, queued=max(1, self._limits.tenant_queued // spaces.SHARE))

    def _send(self, job: Job) -> str | None:
        """Send the job's message; the job is already stored, so when this fails the sweeper sends it."""
        try:
            return self._queue.send(job, now=round(self._clock(), 3))
        except Exception as error:
            passing = isinstance(error, TryAgainLater)
            _log.warning("dispatch_failed", error=type(error).__name__, passing=passing, **log_fields(job))
            return None


def new_record(caller: Caller, key: str, body: Json, *, stands_for: str, now: float) -> IdempotencyRecord:
    """The record by which the same request with the same key is answered as the first."""
    return IdempotencyRecord(
        tenant=caller.tenant,
        key=key,
        job_id=stands_for,
        body_sha256=hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest(),
        expires_at=int(now) + IDEMPOTENCY_SECONDS,
    )


def replayed(first: IdempotencyRecord, again: IdempotencyRecord) -> str:
    """The id that an earlier record stands for, when the request is the same: a render's or a batch's.

    Raises:
        KeyReusedError: it is another one.
    """
    batches = [BATCH_ID.fullmatch(one.job_id) is not None for one in (first, again)]
    if first.body_sha256 != again.body_sha256 or batches[0] is not batches[1]:
        raise KeyReusedError("batch" if batches[1] else "render")
    return first.job_id
