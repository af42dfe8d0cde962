"""The ports of the job server."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from handlers.jobs.answers import CancelRefusal, DeleteRefusal
from handlers.jobs.model import Batch, DeliveryAttempt, Job, JobEvent, ScalerView
from handlers.jobs.states import JobState
from handlers.jobs.store.api_keys import KeyOwner
from handlers.jobs.store.customers.asset_deletions import AssetDeletion
from handlers.jobs.store.customers.idempotency import IdempotencyRecord
from handlers.jobs.store.customers.listing import JobFilter, Page
from handlers.jobs.store.customers.looks import Look
from handlers.jobs.store.customers.submissions import Submission
from handlers.jobs.store.customers.usage_days import UsageDay


@dataclass(frozen=True, kw_only=True)
class Link:
    """A URL that works for a limited time, and the headers that a request to it must send."""

    url: str
    expires_at: float
    headers: Mapping[str, str]


class Jobs(Protocol):
    """The job store."""

    def submit(
        self,
        job: Job,
        *,
        record: IdempotencyRecord | None,
        actor: str,
        now: float,
        composition: bytes | None = None,
    ) -> IdempotencyRecord | None:
        """Write the job with its packed composition, or return the idempotency record that came first.

        Without a composition, the object store has it.
        """

    def idempotency_record(self, tenant: str, key: str, *, now: float) -> IdempotencyRecord | None:
        """The record of an idempotency key."""

    def get(self, job_id: str) -> Job | None:
        """One job."""

    def look(self, job_id: str) -> Look | None:
        """One job with its events."""

    def composition(self, job_id: str) -> bytes | None:
        """The composition of a job, if it is small."""

    def events(self, job_id: str) -> list[JobEvent]:
        """The events of a job."""

    def deliveries(self, job_id: str) -> list[DeliveryAttempt]:
        """Every attempt to deliver its webhook."""

    def page(self, tenant: str, *, limit: int, wanted: JobFilter, cursor: str | None) -> Page:
        """A page of a tenant's jobs that the filter takes."""

    def queued_of_tenant(self, tenant: str, *, fleet: str, at_most: int) -> int:
        """How many jobs of a tenant are queued."""

    def begin_batch(
        self,
        batch: Batch,
        submissions: Sequence[Submission],
        *,
        record: IdempotencyRecord,
        actor: str,
        now: float,
    ) -> IdempotencyRecord | None:
        """Write a batch with its first jobs, or return the idempotency record that came first."""

    def extend_batch(
        self, batch: Batch, submissions: Sequence[Submission], *, actor: str, now: float
    ) -> Batch | None:
        """Write the next jobs of a batch; None when another request has written them."""

    def batch(self, batch_id: str) -> Batch | None:
        """One batch."""

    def states_of(self, batch: Batch) -> Counter[JobState]:
        """How many of a batch's jobs are in each state, a moment ago."""

    def request_cancel(self, job_id: str, *, actor: str, now: float) -> Job | CancelRefusal:
        """Cancel a job, or ask its worker to."""

    def delete(self, job_id: str, *, tenant: str, actor: str, now: float) -> DeleteRefusal | None:
        """Delete a tenant's job that has ended; None when it is deleted, now or before."""

    def delete_asset(self, deletion: AssetDeletion, *, actor: str, expires_at: int) -> None:
        """Have the file of an asset erased; the record of that lasts until it expires."""

    def has_deleted_asset(self, tenant: str, asset_id: str) -> bool:
        """Whether a tenant has deleted an asset."""

    def usage(self, tenant: str, first: date, last: date) -> list[UsageDay]:
        """What a tenant's renders that ended on these days have used."""

    def scaler_view(self, fleet: str) -> ScalerView | None:
        """The scaler's last decision."""


class Objects(Protocol):
    """The object store: compositions and assets in, videos out."""

    def store_composition(self, key: str, content: bytes) -> None:
        """Store a large composition for the worker."""

    def composition(self, key: str) -> bytes | None:
        """A large composition; None when it is gone."""

    def holds(self, key: str) -> bool:
        """Whether an input exists."""

    def forget(self, key: str) -> None:
        """Look for an input again when it is named the next time."""

    def pixels_of(self, keys: Iterable[str]) -> Mapping[str, int | None]:
        """The pixels of each input, 0 where they are not known; None for one that does not exist."""

    def upload_link(self, key: str, *, content_type: str, size: int, now: float) -> Link:
        """The request that uploads an asset of this type and size."""

    def download_link(self, key: str, *, now: float) -> Link:
        """A link to a video."""


@dataclass(frozen=True, kw_only=True)
class Unsent:
    """A job whose message was not sent: the error's name, and whether it passes by itself."""

    job: Job
    error: str
    passing: bool


class Queue(Protocol):
    """The render queues."""

    def send(self, job: Job, *, now: float) -> str:
        """Send the message of a job that is marked as sent; returns the id of the message.

        When that fails the mark is taken back, so that the sweeper sends the message.
        """

    def send_all(self, jobs: Sequence[Job], *, now: float) -> Sequence[Unsent]:
        """Send the messages of jobs that are marked as sent; returns those that failed, and raises nothing.

        The marks of these are taken back, so that the sweeper sends their messages.
        """


class Keys(Protocol):
    """The API keys."""

    def recall(self, token: str) -> KeyOwner | None:
        """Whose key it is, if that is known without asking anybody."""

    def owner_of(self, token: str) -> KeyOwner | None:
        """Whose key it is."""


class Dependencies(Protocol):
    """The dependencies that this server needs."""

    def unreachable(self) -> list[str]:
        """The names of dependencies that do not answer."""
