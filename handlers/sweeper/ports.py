"""The ports of the sweeper."""

from collections.abc import Iterator
from typing import Protocol

from handlers.jobs.model import Job
from handlers.jobs.store.customers.asset_deletions import AssetDeletion
from handlers.jobs.store.customers.deletions import Deletion


class Store(Protocol):
    """Overdue jobs in the store. Lists are read lazily."""

    def expired(self, fleet: str, *, now: float) -> Iterator[Job]:
        """Rendering jobs whose lease has expired."""

    def expire(self, job: Job, *, attempt_limit: int, actor: str, now: float) -> Job | None:
        """Take the job from its worker, unless the worker has renewed the lease."""

    def unsent(self, fleet: str, *, queued_before: float) -> Iterator[Job]:
        """Queued jobs without a dispatch mark."""

    def sent(self, fleet: str, *, sent_before: float) -> Iterator[Job]:
        """Queued jobs whose message was last sent before a time, the longest ago first."""

    def count_sent(self, fleet: str, *, at_most: int) -> int:
        """How many queued jobs should have a message; counting stops at `at_most`."""

    def waiting(self, job: Job) -> Job | None:
        """The job's current state, if it still waits for the same message."""

    def mark_sent_again(self, job: Job, *, actor: str, now: float) -> Job | None:
        """Record that the job's message was sent again."""

    def stranded(self, fleet: str, *, now: float) -> Iterator[Job]:
        """Jobs of a removed fleet that nobody works on."""

    def end_stranded(self, job: Job, *, actor: str, now: float) -> Job | None:
        """End the job because its fleet was removed, unless somebody holds it or it has ended."""

    def owing(self, fleet: str, *, ended_before: float) -> Iterator[Job]:
        """Ended jobs that still owe a dead letter or a webhook."""


class Deletions(Protocol):
    """Deleted jobs whose content is to be erased."""

    def pending(self, *, now: float) -> Iterator[Deletion]:
        """The deletions that are due, the oldest first, read lazily."""

    def erase_items(self, deletion: Deletion) -> None:
        """Remove what the table has of the content."""

    def mark_erased(self, deletion: Deletion, *, now: float) -> None:
        """Record that nothing is left."""


class AssetDeletions(Protocol):
    """Deleted assets whose file is to be erased."""

    def pending(self, *, now: float) -> Iterator[AssetDeletion]:
        """The deletions that are due, the oldest first, read lazily."""

    def mark_erased(self, deletion: AssetDeletion, *, now: float) -> None:
        """Record that the file is erased."""


class Files(Protocol):
    """The objects of jobs and the files of assets in the buckets."""

    def erase_asset(self, deletion: AssetDeletion) -> bool:
        """Remove the asset's file, every version; False when more are left than one call removes."""

    def erase(self, deletion: Deletion) -> bool:
        """Remove the job's objects, every version; False when more are left than one call removes."""


class Queue(Protocol):
    """The render queues."""

    def send(self, job: Job) -> None:
        """Send the message for the job's current attempt."""

    def mark(self, job: Job, *, now: float) -> None:
        """Mark that the message was sent."""

    def waiting(self, fleet: str) -> int:
        """How many messages wait for a worker."""


class DeadLetters(Protocol):
    """The dead-letter queues."""

    def leave(self, job: Job, *, now: float) -> None:
        """Send the failed job's dead letter, with its reason."""


class Webhooks(Protocol):
    """The notification queue."""

    def queue(self, job: Job, *, now: float) -> bool:
        """Queue the ended job's webhook; False when it was queued already."""
