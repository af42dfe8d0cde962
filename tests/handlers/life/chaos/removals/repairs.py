"""What the sweeper repairs, and what it leaves alone."""

from typing import Final

from handlers.jobs.messages import dead_letters, webhooks
from handlers.jobs.model import Job
from handlers.jobs.store import keys, writing
from handlers.jobs.store.overdue_jobs import OverdueJobs
from handlers.jobs.store.table import Table, Update
from handlers.sweeper import service as sweeping
from handlers.sweeper.service import Sweeper
from tests.handlers.life.chaos.removals.removing import Patch, Removal, nothing


def leases_that_are_over(patch: Patch) -> None:
    """Nobody takes a job from a worker that is gone."""
    patch.setattr(OverdueJobs, "expired", nothing)


def messages_never_sent(patch: Patch) -> None:
    """Nobody sends a message that was not sent."""
    patch.setattr(OverdueJobs, "unsent", nothing)


def messages_lost(patch: Patch) -> None:
    """Nobody counts messages."""
    patch.setattr(sweeping, "lost", lambda *_, **__: iter(()))


def letters_and_webhooks_owed(patch: Patch) -> None:
    """Nobody looks for what ended jobs owe."""
    patch.setattr(OverdueJobs, "owing", nothing)


def letters_owed(patch: Patch) -> None:
    """The sweeper leaves no dead letter."""
    patch.setattr(Sweeper, "_leave_letter", lambda *_: None)


def conditions_of_marks(patch: Patch) -> None:
    """What a job owes no longer is written from an old view of it."""

    def mark_done(table: Table, job: Job, *, owes, done) -> bool:  # type: ignore[no-untyped-def]
        if owes(job):
            table.update(Update(key=keys.job(job.id), changes=writing.changes(job, done(job))))
        return True

    for module in (dead_letters, webhooks):
        patch.setattr(module, "mark_done", mark_done)


REMOVALS: Final[tuple[Removal, ...]] = (
    leases_that_are_over,
    messages_never_sent,
    messages_lost,
    letters_and_webhooks_owed,
    letters_owed,
    conditions_of_marks,
)
