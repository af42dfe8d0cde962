"""The job server's ports in memory. An error put into `error` is what the next calls end with."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from fastapi.testclient import TestClient
from httpx import Response

from handlers.job_server.picture_size import pixels
from handlers.job_server.ports import Link
from handlers.job_server.templates.service import TemplateService
from handlers.jobs.answers import CancelRefusal, DeleteRefusal
from handlers.jobs.messages.render_queue import RenderMessage
from handlers.jobs.model import DeliveryAttempt, Job, JobEvent, ScalerView
from handlers.jobs.states import JobState
from handlers.jobs.store.customer_jobs import IdempotencyRecord
from handlers.jobs.store.customers.listing import CURSOR, BadCursorError, JobFilter, Page
from handlers.jobs.store.customers.templates import CustomerTemplates
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
    views: dict[str, ScalerView] = field(default_factory=dict)
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
        move = submitted(job, Stamp(at=now, actor=actor))
        self.jobs[job.id], self.history[job.id] = move.after, [move.event]
        return None

    def idempotency_record(self, tenant: str, key: str, *, now: float) -> IdempotencyRecord | None:
        self._fail()
        return self.records.get((tenant, key))

    def get(self, job_id: str) -> Job | None:
        self._fail()
        return self.jobs.get(job_id)

    def events(self, job_id: str) -> list[JobEvent]:
        return self.history.get(job_id, [])

    def deliveries(self, job_id: str) -> list[DeliveryAttempt]:
        return []

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


@dataclass
class FakeKeys:
    """A key of tenant acme and one of tenant zenith; `asked` counts look-ups."""

    KEY, OTHER_KEY = "ck_of_acme", "ck_of_zenith"
    error: Exception | None = None
    asked: int = 0

    def recall(self, _: str) -> str | None:
        return None

    def tenant_of(self, token: str) -> str | None:
        self.asked += 1
        if self.error:
            raise self.error
        return {self.KEY: "acme", self.OTHER_KEY: "zenith"}.get(token)


@dataclass
class FakeDependencies:
    """Everything answers, unless named in `silent`."""

    silent: list[str] = field(default_factory=list)

    def unreachable(self) -> list[str]:
        return self.silent


@dataclass
class World:
    """The server's whole surroundings, and an HTTP client with acme's key."""

    clock: Callable[[], float]
    jobs: FakeJobs = field(default_factory=FakeJobs)
    objects: FakeObjects = field(default_factory=FakeObjects)
    queue: FakeQueue = field(default_factory=FakeQueue)
    keys: FakeKeys = field(default_factory=FakeKeys)
    dependencies: FakeDependencies = field(default_factory=FakeDependencies)
    http: TestClient = field(init=False)

    def submit(self, body: object = None, **headers: str) -> Response:
        body = {"composition": COMPOSITION} if body is None else body
        return self.http.post("/v1/renders", json=body, headers=headers)
