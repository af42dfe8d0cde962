"""What the job server needs from the world, in its own words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from handlers.jobs.answers import CancelRefusal
from handlers.jobs.messages.render_queue import RenderMessage
from handlers.jobs.model import DeliveryAttempt, Job, JobEvent, ScalerView
from handlers.jobs.states import JobState
from handlers.jobs.store.customer_jobs import IdempotencyRecord, Page


@dataclass(frozen=True, kw_only=True)
class Link:
    """An address that works for a while, and the headers that must go with a request to it."""

    url: str
    expires_at: float
    headers: Mapping[str, str]


class Jobs(Protocol):
    """The job store."""

    def submit(
        self, job: Job, *, record: IdempotencyRecord | None, actor: str, now: float
    ) -> IdempotencyRecord | None:
        """Write the job, or say which record was first."""

    def idempotency_record(self, tenant: str, key: str, *, now: float) -> IdempotencyRecord | None:
        """What a key stands for."""

    def get(self, job_id: str) -> Job | None:
        """One job."""

    def events(self, job_id: str) -> list[JobEvent]:
        """What happened to it."""

    def deliveries(self, job_id: str) -> list[DeliveryAttempt]:
        """Every attempt to deliver its webhook."""

    def page(
        self, tenant: str, *, limit: int, state: JobState | None = None, cursor: str | None = None
    ) -> Page:
        """A part of a tenant's list."""

    def queued_of_tenant(self, tenant: str, *, fleet: str, at_most: int) -> int:
        """How many of a tenant's jobs wait."""

    def request_cancel(self, job_id: str, *, actor: str, now: float) -> Job | CancelRefusal:
        """End a job, or have it ended."""

    def scaler_view(self, fleet: str) -> ScalerView | None:
        """The scaler's last decision."""


class Objects(Protocol):
    """The object store: compositions and assets in, videos out."""

    def store_composition(self, key: str, content: bytes) -> None:
        """Keep a composition where the worker will look for it."""

    def missing(self, keys: Iterable[str]) -> list[str]:
        """Those inputs that are not there, in order."""

    def upload_link(self, key: str, *, content_type: str, size: int, now: float) -> Link:
        """Where an asset of this kind and size may be put."""

    def download_link(self, key: str, *, now: float) -> Link:
        """Where a video may be fetched."""


class Queue(Protocol):
    """The way to the workers."""

    def send(self, fleet: str, message: RenderMessage, *, tenant: str, now: float) -> None:
        """Tell a fleet's workers of a job, and mark the job as told."""


class Keys(Protocol):
    """The API keys."""

    def tenant_of(self, token: str) -> str | None:
        """Whose key it is."""


class Dependencies(Protocol):
    """What must answer before this server can."""

    def unreachable(self) -> list[str]:
        """The names of those that do not."""
