"""What the sweeper needs from the world, in its own words."""

from collections.abc import Iterator
from typing import Protocol

from handlers.jobs.model import Job


class Store(Protocol):
    """The job store, as far as something in it may have been left lying. Lists are read as one goes on."""

    def expired(self, fleet: str, *, now: float) -> Iterator[Job]:
        """Rendering jobs whose lease has run out."""

    def expire(self, job: Job, *, attempt_limit: int, actor: str, now: float) -> Job | None:
        """Take the job from its worker, unless that is there after all."""

    def unsent(self, fleet: str, *, queued_before: float) -> Iterator[Job]:
        """Queued jobs whose message was never noted as sent."""

    def sent(self, fleet: str, *, sent_before: float) -> Iterator[Job]:
        """Queued jobs whose message was last sent before a moment, the longest ago first."""

    def count_sent(self, fleet: str, *, at_most: int) -> int:
        """How many queued jobs should have a message; `at_most` stands for more, too."""

    def waiting(self, job: Job) -> Job | None:
        """The job as it is now, if it still waits for the same message."""

    def mark_sent_again(self, job: Job, *, actor: str, now: float) -> Job | None:
        """Note that the job's message was sent once more."""

    def stranded(self, fleet: str, *, now: float) -> Iterator[Job]:
        """Jobs of a removed fleet that nobody works on."""

    def end_stranded(self, job: Job, *, actor: str, now: float) -> Job | None:
        """End the job because its fleet was removed, unless somebody holds it or it has ended."""

    def owing(self, fleet: str, *, ended_before: float) -> Iterator[Job]:
        """Ended jobs of which an operator or a customer was not told."""


class Queue(Protocol):
    """The way to the workers."""

    def send(self, job: Job) -> None:
        """Tell the fleet's workers of the job's present attempt."""

    def mark(self, job: Job, *, now: float) -> None:
        """Note that they have been told."""

    def waiting(self, fleet: str) -> int:
        """How many messages wait for a worker."""


class DeadLetters(Protocol):
    """The way to an operator."""

    def leave(self, job: Job, *, now: float) -> None:
        """Leave the failed job's message, with its reason."""


class Webhooks(Protocol):
    """The way to the customer."""

    def queue(self, job: Job, *, now: float) -> bool:
        """Have the ended job's webhook delivered; False when that was seen to already."""
