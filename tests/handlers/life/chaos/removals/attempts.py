"""What keeps the attempts of a job apart, and workers from jobs that they do not have."""

from dataclasses import replace
from functools import partial
from typing import Final

from handlers.jobs import transitions
from handlers.jobs.answers import LeaseAnswer
from handlers.jobs.model import Job, Worker
from handlers.jobs.store import fleet_workers, keys, worker_heartbeats, worker_jobs, writing
from handlers.jobs.store.table import Put
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from tests.handlers.life.chaos.removals.removing import ALWAYS, Patch, Removal, always, update_always


def fence_of_moves(patch: Patch) -> None:
    """A move is written whatever the job is by then, and over the event of another move."""
    patch.setattr(writing, "equal", always)
    patch.setattr(writing, "Put", partial(Put, condition=ALWAYS))


def update_in_the_fence(patch: Patch) -> None:
    """Only the number of the event holds a move that comes too late."""
    patch.setattr(writing, "equal", always)


def owner_of_an_attempt(patch: Patch) -> None:
    """A worker ends whatever attempt the job is at."""
    patch.setattr(worker_jobs, "_owns", lambda *_: True)


def attempt_in_a_message(patch: Patch) -> None:
    """A message of an earlier attempt claims the present one."""
    refusal = worker_jobs._refusal

    def lenient(job: Job | None, worker: Worker | None, claim: Claim) -> object:
        return refusal(job, worker, replace(claim, attempt=job.attempt) if job else claim)

    patch.setattr(worker_jobs, "_refusal", lenient)


def claim_that_was_made(patch: Patch) -> None:
    """A claim whose answer was lost is taken for somebody else's."""
    patch.setattr(worker_jobs, "_held", lambda *_: False)


def idle_worker_in_a_claim(patch: Patch) -> None:
    """A worker claims although it was marked as draining in the meantime."""
    update_always(patch, worker_jobs, when=lambda changes: changes.get("state") == "busy")


def owner_in_a_renewal(patch: Patch) -> None:
    """A worker renews the lease of whoever has the job now."""
    update_always(patch, worker_jobs, when=lambda changes: "lease_expires_at" in changes)


def loss_of_a_lease(patch: Patch) -> None:
    """A worker goes on when its lease is lost."""
    renew = WorkerJobs.renew

    def renewed(self: WorkerJobs, claim: Claim, *, now: float, lease_seconds: float) -> LeaseAnswer:
        renew(self, claim, now=now, lease_seconds=lease_seconds)
        return LeaseAnswer.HELD

    patch.setattr(WorkerJobs, "renew", renewed)


def idle_worker_in_a_drain(patch: Patch) -> None:
    """The scaler drains a worker that has claimed in the meantime."""
    patch.setattr(fleet_workers, "equal", always)


def draining_in_a_registration(patch: Patch) -> None:
    """An agent that starts again forgets that its worker is draining."""
    patch.setattr(worker_heartbeats, "Condition", always)


def number_of_an_attempt(patch: Patch) -> None:
    """The next attempt has the number of the last."""
    requeued = transitions._requeued
    patch.setattr(
        transitions, "_requeued", lambda job, stamp: replace(requeued(job, stamp), attempt=job.attempt)
    )


def limit_of_attempts(patch: Patch) -> None:
    """No attempt counts."""
    patch.setattr(transitions, "attempts_spent", lambda _: 0)


def folder_of_an_attempt(patch: Patch) -> None:
    """All attempts of a job upload to one place."""
    folder = keys.output_folder
    patch.setattr(keys, "output_folder", lambda tenant, job_id, _: folder(tenant, job_id, 1))


REMOVALS: Final[tuple[Removal, ...]] = (
    fence_of_moves,
    update_in_the_fence,
    owner_of_an_attempt,
    attempt_in_a_message,
    claim_that_was_made,
    idle_worker_in_a_claim,
    owner_in_a_renewal,
    loss_of_a_lease,
    idle_worker_in_a_drain,
    draining_in_a_registration,
    number_of_an_attempt,
    limit_of_attempts,
    folder_of_an_attempt,
)
