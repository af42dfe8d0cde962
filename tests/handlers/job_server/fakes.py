"""The job server's ports in memory. An error put into `error` is what the next calls end with."""

import gzip
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from fastapi.testclient import TestClient
from httpx import Response

from handlers.job_server.picture_size import pixels
from handlers.job_server.ports import Link, Unsent
from handlers.job_server.templates.service import TemplateService
from handlers.job_server.webhook_endpoints.deliveries import WebhookServices
from handlers.jobs.answers import CancelRefusal, DeleteRefusal
from handlers.jobs.messages.render_queue import RenderMessage
from handlers.jobs.model import Batch, DeliveryAttempt, Job, JobEvent, ScalerView
from handlers.jobs.outgoing.webhook_secrets import new_secret
from handlers.jobs.states import JobState
from handlers.jobs.store.api_keys import KeyOwner
from handlers.jobs.store.customers.asset_deletions import AssetDeletion
from handlers.jobs.store.customers.delivery_requests import DeliveryRequest
from handlers.jobs.store.customers.idempotency import IdempotencyRecord
from handlers.jobs.store.customers.listing import CURSOR, BadCursorError, JobFilter, Page
from handlers.jobs.store.customers.looks import Look
from handlers.jobs.store.customers.submissions import Submission
from handlers.jobs.store.customers.templates import CustomerTemplates
from handlers.jobs.store.customers.tenant_limits import NO_LIMITS, TenantLimits
from handlers.jobs.store.customers.usage_days import UsageDay
from handlers.jobs.store.customers.webhook_endpoints import WebhookEndpoints
from handlers.jobs.tenants.scopes import Scope
from handlers.jobs.transitions import Stamp, cancel_asked, submitted
from tests.handlers.life.memory_table import MemoryTable

COMPOSITION = {"version": 1, "width": 64, "height": 64, "rate": 10, "scenes": [{"duration_s": 1}]}


def kept_templates() -> TemplateService:
    """The templates of tenants, in memory."""
    return TemplateService(CustomerTemplates(MemoryTable()), clock=lambda: 1_700_000_000.0)


@dataclass
class FakeJobs:
    """A job store."""

    jobs: dict[str, Job] = field(default_factory=dict)
    history: dict[str, list[JobEvent]] = field(default_factory=dict)
    records: dict[tuple[str, str], IdempotencyRecord] = field(default_factory=dict)
    requests: dict[str, DeliveryRequest] = field(default_factory=dict)
    views: dict[str, ScalerView] = field(default_factory=dict)
    compositions: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, Batch] = field(default_factory=dict)
    deleted_assets: set[tuple[str, str]] = field(default_factory=set)
    error: Exception | None = None

    def submit(
        self,
        job: Job,
        *,
        record: IdempotencyRecord | None,
        actor: str,
        now: float,
        composition: bytes | None = None,
    ) -> IdempotencyRecord | None:
        self._fail()
        earlier = record and self.records.get((record.tenant, record.key))
        if earlier:
            return earlier
        if record:
            self.records[record.tenant, record.key] = record
        if composition:
            self.compositions[job.id] = gzip.decompress(composition)
        move = submitted(job, Stamp(at=now, actor=actor))
        self.jobs[job.id], self.history[job.id] = move.after, [move.event]
        return None

    def idempotency_record(self, tenant: str, key: str, *, now: float) -> IdempotencyRecord | None:
        self._fail()
        return self.records.get((tenant, key))

    def get(self, job_id: str) -> Job | None:
        self._fail()
        return self.jobs.get(job_id)

    def look(self, job_id: str) -> Look | None:
        job = self.get(job_id)
        return Look(job=job, events=tuple(self.events(job_id))) if job else None

    def composition(self, job_id: str) -> bytes | None:
        return self.compositions.get(job_id)

    def events(self, job_id: str) -> list[JobEvent]:
        return self.history.get(job_id, [])

    def deliveries(self, job_id: str) -> list[DeliveryAttempt]:
        return []

    def request_delivery(self, request: DeliveryRequest) -> str:
        self._fail()
        return self.requests.setdefault(request.place, request).id

    def page(self, tenant: str, *, limit: int, wanted: JobFilter, cursor: str | None) -> Page:
        self._fail()
        if cursor and not CURSOR.fullmatch(cursor):
            raise BadCursorError("not a cursor of this list")
        mine = [
            job
            for job in sorted(self.jobs.values(), key=_place, reverse=True)
            if job.tenant == tenant and wanted.takes(job) and (not cursor or _place(job) < cursor)
        ]
        return Page(jobs=tuple(mine[:limit]), cursor=_place(mine[limit - 1]) if len(mine) > limit else None)

    def queued_of_tenant(self, tenant: str, *, fleet: str, at_most: int) -> int:
        self._fail()
        mine = (
            j for j in self.jobs.values() if (j.tenant, j.fleet, j.state) == (tenant, fleet, JobState.QUEUED)
        )
        return min(sum(1 for _ in mine), at_most)

    def begin_batch(
        self,
        batch: Batch,
        submissions: Sequence[Submission],
        *,
        record: IdempotencyRecord,
        actor: str,
        now: float,
    ) -> IdempotencyRecord | None:
        self._fail()
        earlier = self.records.get((record.tenant, record.key))
        if earlier:
            return earlier
        self.records[record.tenant, record.key] = record
        self.batches[batch.id] = batch
        for one in submissions:
            self.submit(one.job, record=None, actor=actor, now=now)
        return None

    def extend_batch(
        self, batch: Batch, submissions: Sequence[Submission], *, actor: str, now: float
    ) -> Batch | None:
        self._fail()
        if self.batches[batch.id].written != batch.written:
            return None
        for one in submissions:
            self.submit(one.job, record=None, actor=actor, now=now)
        self.batches[batch.id] = replace(batch, written=batch.written + len(submissions), written_at=now)
        return self.batches[batch.id]

    def batch(self, batch_id: str) -> Batch | None:
        self._fail()
        return self.batches.get(batch_id)

    def states_of(self, batch: Batch) -> Counter[JobState]:
        return Counter(job.state for job in self.jobs.values() if job.batch == batch.id)

    def request_cancel(self, job_id: str, *, actor: str, now: float) -> Job | CancelRefusal:
        self._fail()
        job = self.jobs.get(job_id)
        if job is None:
            return CancelRefusal.NO_SUCH_JOB
        if job.state.terminal:
            return CancelRefusal.FINAL
        if not job.cancel_requested:
            move = cancel_asked(job, Stamp(at=now, actor=actor))
            self.jobs[job_id] = move.after
            self.history[job_id].append(move.event)
        return self.jobs[job_id]

    def delete(self, job_id: str, *, tenant: str, actor: str, now: float) -> DeleteRefusal | None:
        self._fail()
        job = self.jobs.get(job_id)
        if job is None or job.tenant != tenant:
            return DeleteRefusal.NO_SUCH_JOB
        if not job.state.terminal:
            return DeleteRefusal.NOT_FINAL
        del self.jobs[job_id]
        return None

    def delete_asset(self, deletion: AssetDeletion, *, actor: str, expires_at: int) -> None:
        self._fail()
        self.deleted_assets.add((deletion.tenant, deletion.asset_id))

    def has_deleted_asset(self, tenant: str, asset_id: str) -> bool:
        self._fail()
        return (tenant, asset_id) in self.deleted_assets

    def usage(self, tenant: str, first: date, last: date) -> list[UsageDay]:
        self._fail()
        return []

    def scaler_view(self, fleet: str) -> ScalerView | None:
        return self.views.get(fleet)

    def _fail(self) -> None:
        if self.error:
            raise self.error


def _place(job: Job) -> str:
    return f"{job.created_at:014.3f}_{job.id}"


@dataclass
class FakeObjects:
    """An object store."""

    stored: dict[str, bytes] = field(default_factory=dict)
    error: Exception | None = None

    def store_composition(self, key: str, content: bytes) -> None:
        if self.error:
            raise self.error
        self.stored[key] = content

    def composition(self, key: str) -> bytes | None:
        return self.stored.get(key)

    def holds(self, key: str) -> bool:
        return key in self.stored

    def forget(self, key: str) -> None:
        """Remembers nothing."""

    def pixels_of(self, keys: Iterable[str]) -> Mapping[str, int | None]:
        return {key: pixels(self.stored[key]) or 0 if key in self.stored else None for key in keys}

    def upload_link(self, key: str, *, content_type: str, size: int, now: float) -> Link:
        headers: Mapping[str, str] = {"Content-Type": content_type, "Content-Length": str(size)}
        return Link(url=f"https://objects.invalid/{key}", expires_at=now + 60, headers=headers)

    def download_link(self, key: str, *, now: float) -> Link:
        return Link(url=f"https://objects.invalid/{key}", expires_at=now + 60, headers={})


@dataclass
class FakeQueue:
    """The render queues."""

    sent: list[tuple[str, RenderMessage, str]] = field(default_factory=list)
    error: Exception | None = None

    def send(self, job: Job, *, now: float) -> str:
        if self.error:
            raise self.error
        self.sent.append((job.fleet, RenderMessage(job_id=job.id, attempt=job.attempt), job.tenant))
        return f"message-{len(self.sent)}"

    def send_all(self, jobs: Sequence[Job], *, now: float) -> Sequence[Unsent]:
        if self.error:
            return [Unsent(job=job, error=type(self.error).__name__, passing=False) for job in jobs]
        for job in jobs:
            self.send(job, now=now)
        return []


@dataclass
class FakeKeys:
    """A key of tenant acme and one of tenant zenith; `asked` counts look-ups."""

    KEY, OTHER_KEY = "ck_of_acme", "ck_of_zenith"
    error: Exception | None = None
    asked: int = 0
    scope: Scope = Scope.ADMIN
    limits: TenantLimits = NO_LIMITS

    def recall(self, _: str) -> KeyOwner | None:
        return None

    def owner_of(self, token: str) -> KeyOwner | None:
        self.asked += 1
        if self.error:
            raise self.error
        tenant = {self.KEY: "acme", self.OTHER_KEY: "zenith"}.get(token)
        return KeyOwner(tenant=tenant, scope=self.scope, limits=self.limits) if tenant else None


@dataclass
class FakeDependencies:
    """Everything answers, unless named in `silent`."""

    silent: list[str] = field(default_factory=list)

    def unreachable(self) -> list[str]:
        return self.silent


@dataclass
class FakeSecrets:
    """The secrets of webhook endpoints."""

    made: dict[tuple[str, str, int], str] = field(default_factory=dict)
    error: Exception | None = None

    def create(self, tenant: str, endpoint: str, number: int) -> str:
        if self.error:
            raise self.error
        return self.made.setdefault((tenant, endpoint, number), new_secret())

    def forget(self, tenant: str, endpoint: str, numbers: Sequence[int]) -> None:
        if self.error:
            raise self.error
        for number in numbers:
            self.made.pop((tenant, endpoint, number), None)


@dataclass
class World:
    """The server's whole surroundings, and an HTTP client with acme's key."""

    clock: Callable[[], float]
    jobs: FakeJobs = field(default_factory=FakeJobs)
    objects: FakeObjects = field(default_factory=FakeObjects)
    queue: FakeQueue = field(default_factory=FakeQueue)
    keys: FakeKeys = field(default_factory=FakeKeys)
    table: MemoryTable = field(default_factory=MemoryTable)
    secrets: FakeSecrets = field(default_factory=FakeSecrets)
    dependencies: FakeDependencies = field(default_factory=FakeDependencies)
    http: TestClient = field(init=False)

    @property
    def webhooks(self) -> WebhookServices:
        return WebhookServices.of(
            store=WebhookEndpoints(self.table),
            secrets=self.secrets,
            request_delivery=self.jobs.request_delivery,
            clock=self.clock,
        )

    def submit(self, body: object = None, **headers: str) -> Response:
        body = {"composition": COMPOSITION} if body is None else body
        return self.http.post("/v1/renders", json=body, headers=headers)
