"""What the sweeper needs from the world, in its own words."""

from collections.abc import Iterable
from typing import Protocol

from handlers.jobs.model import Job


class Store(Protocol):
    """The job store, as far as something in it may have been left lying."""

    def expired(self, fleet: str, *, now: float) -> Iterable[Job]:
        """Rendering jobs whose lease has run out."""

    def expire(self, job: Job, *, attempt_limit: int, actor: str, now: float) -> Job | None:
        """Take the job from its worker, unless that is there after all."""

    def undispatched(self, fleet: str, *, queued_before: float, sent_before: float) -> Iterable[Job]:
        """Queued jobs of which no worker can know."""

    def mark_sent_again(self, job: Job, *, actor: str, now: float) -> Job | None:
        """Note that the job's message was sent once more."""

    def without_dead_letter(self, fleet: str, *, failed_before: float) -> Iterable[Job]:
        """Failed jobs of which no operator can know."""


class Queue(Protocol):
    """The way to the workers."""

    def send(self, job: Job) -> None:
        """Tell the fleet's workers of the job's present attempt."""

    def mark(self, job: Job, *, now: float) -> None:
        """Note that they have been told."""


class DeadLetters(Protocol):
    """The way to an operator."""

    def leave(self, job: Job, *, now: float) -> None:
        """Leave the failed job's message, with its reason."""
