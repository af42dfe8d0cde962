"""The attempt the agent works on, as the heartbeat and the main loop share it."""

from dataclasses import dataclass, field
from enum import StrEnum

from handlers.jobs.model import Job, Priority
from handlers.jobs.store.worker_jobs import Claim


class StopReason(StrEnum):
    """Why a running engine has to be stopped."""

    CANCELLED = "cancelled"
    LEASE_LOST = "lease_lost"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A message as it was received, with the receipt that later calls need."""

    message_id: str
    body: str
    receipt: str
    receive_count: int
    priority: Priority = Priority.NORMAL
    """Which queue it is on."""


@dataclass(kw_only=True)
class Attempt:
    """A claimed job: which, under which message, how far, and whether to stop."""

    job: Job
    claim: Claim
    delivery: Delivery
    progress: int = 0
    stage: str = "fetching"
    stop: StopReason | None = None
    survivors: int = 0
    """Processes of its engine that could not be ended and may read what comes next."""
    reported: tuple[int, str] | None = field(default=None)

    def note(self, progress: int, stage: str) -> None:
        """How far the work is; the heartbeat carries it to the job."""
        self.progress, self.stage = progress, stage

    def ask_to_stop(self, reason: StopReason) -> None:
        """The first reason counts: a lost lease stays lost although a cancellation follows."""
        self.stop = self.stop or reason

    @property
    def wait_seconds(self) -> float:
        """How long the job waited for this attempt, from when it was queued to the claim."""
        queued_at = self.job.enqueued_at or self.job.created_at
        return round(max(0.0, self.job.updated_at - queued_at), 3)

    @property
    def has_news(self) -> bool:
        """The job does not yet know how far it is."""
        return self.reported != (self.progress, self.stage)
