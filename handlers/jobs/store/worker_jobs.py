"""The worker's side of the table: take a job, keep it, end it; all fenced by state, attempt and owner."""

from collections.abc import Callable
from dataclasses import dataclass

from handlers.jobs import transitions
from handlers.jobs.answers import ClaimRefusal, FencedOff, LeaseAnswer
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.model import Failure, Job, Output, Worker, WorkerState
from handlers.jobs.states import JobState
from handlers.jobs.store import attempt_progress, keys
from handlers.jobs.store.attempt_progress import AttemptProgress
from handlers.jobs.store.reading import UnreadableItemError
from handlers.jobs.store.table import MOST_CALLS, Condition, Query, Table, Update, equal
from handlers.jobs.store.worker_heartbeats import freeing
from handlers.jobs.store.writing import ROUNDS, read_job, read_worker, writes
from handlers.jobs.transitions import Move, Stamp

ACTIONS = frozenset({"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"})


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A worker's claim of one attempt of a job: the fence around everything that the worker writes."""

    job_id: str
    attempt: int
    instance_id: str

    def stamp(self, now: float) -> Stamp:
        """The actor of the worker's events."""
        return Stamp(at=now, actor=f"agent:{self.instance_id}")


class WorkerJobs:
    """The render agent's access to jobs; a tenant may have `most_of_tenant` in work, None for any number."""

    def __init__(self, table: Table, *, most_of_tenant: int | None = None) -> None:
        self._table, self._most_of_tenant = table, most_of_tenant

    def claim(self, claim: Claim, *, now: float, lease_seconds: float) -> Job | ClaimRefusal:
        """Take the job: `queued -> rendering` and the worker `idle -> busy`, both or neither.

        A retry after a lost response finds the claim made and returns the job. Workers that claim in the same
        moment may take a few more of a tenant's jobs than it may have: the index shows them a little later.
        """
        for _ in range(ROUNDS):
            try:
                job = read_job(self._table, claim.job_id)
            except UnreadableItemError:
                return ClaimRefusal.UNREADABLE
            worker = _worker(self._table, claim.instance_id)
            if job and _held(job, worker, claim):
                return job
            refusal = _refusal(job, worker, claim)
            if refusal or job is None:
                return refusal or ClaimRefusal.NO_SUCH_JOB
            if self._has_its_share(job, now):
                return ClaimRefusal.TENANT_AT_SHARE
            move = transitions.claimed(
                job, claim.stamp(now), instance_id=claim.instance_id, lease_seconds=lease_seconds
            )
            taken = Update(
                key=keys.worker(claim.instance_id),
                changes={
                    "state": WorkerState.BUSY.value,
                    "job_id": claim.job_id,
                    "attempt": claim.attempt,
                    "idle_since": None,
                    "busy_since": now,
                },
                condition=equal(state=WorkerState.IDLE.value),
            )
            if self._table.transact([*writes(move), taken]):
                return move.after
        raise TryAgainLater(f"claim of {claim.job_id}: overtaken {ROUNDS} times")

    def tenant_of(self, job_id: str) -> str | None:
        """Whose job it is; None for one that is gone or cannot be read."""
        try:
            job = read_job(self._table, job_id)
        except UnreadableItemError:
            return None
        return job.tenant if job else None

    def _has_its_share(self, job: Job, now: float) -> bool:
        """Whether as many of its tenant's renders are in work as may be; a lost lease counts for none.

        The fleet has a limit for every tenant, the job that of its own one; the smaller holds.
        """
        limits = [one for one in (self._most_of_tenant, job.rendering_limit) if one is not None]
        if not limits:
            return False
        most = min(limits)
        match = Condition(
            "#state_pk = :fleet AND #state_sk > :now", {":fleet": keys.rendering_pk(job.fleet), ":now": now}
        )
        of_tenant = equal(tenant=job.tenant)
        in_work = Query(index=keys.BY_STATE, match=match, only=of_tenant, most_calls=MOST_CALLS)
        return self._table.count(in_work, at_most=most) >= most

    def renew(self, claim: Claim, *, now: float, lease_seconds: float) -> LeaseAnswer:
        """Renew the lease."""
        item = self._table.update(
            Update(
                key=keys.job(claim.job_id),
                changes={
                    "lease_expires_at": now + lease_seconds,
                    "state_sk": now + lease_seconds,
                    "updated_at": now,
                },
                condition=equal(
                    state=JobState.RENDERING.value, attempt=claim.attempt, lease_owner=claim.instance_id
                ),
            )
        )
        if item is None:
            return LeaseAnswer.LOST
        return LeaseAnswer.CANCEL_REQUESTED if item.get("cancel_requested") is True else LeaseAnswer.HELD

    def look(self, claim: Claim) -> LeaseAnswer:
        """Whether the attempt still has the job, and what its customer wants; writes nothing."""
        try:
            job = read_job(self._table, claim.job_id)
        except UnreadableItemError:
            return LeaseAnswer.LOST
        if job is None or not _owns(job, claim):
            return LeaseAnswer.LOST
        return LeaseAnswer.CANCEL_REQUESTED if job.cancel_requested else LeaseAnswer.HELD

    def report(self, claim: Claim, *, percent: int, stage: str, expires_at: int) -> bool:
        """Store the attempt's progress; False when a later attempt has stored its own."""
        progress = AttemptProgress(job_id=claim.job_id, attempt=claim.attempt, percent=percent, stage=stage)
        return attempt_progress.write(self._table, progress, expires_at=expires_at)

    def complete(self, claim: Claim, *, output: Output, output_key: str, now: float) -> Job | FencedOff:
        """Make the attempt's video the job's; a repeated call returns the same."""
        return self._end(
            claim,
            lambda job: transitions.succeeded(job, claim.stamp(now), output=output, output_key=output_key),
            now=now,
            already=lambda job: job.state is JobState.SUCCEEDED and job.output_key == output_key,
        )

    def fail(self, claim: Claim, failure: Failure, *, attempt_limit: int, now: float) -> Job | FencedOff:
        """End a failed attempt. A job that is returned `queued` needs a message for its next attempt."""
        return self._end(
            claim,
            lambda job: transitions.attempt_failed(
                job, claim.stamp(now), failure, attempt_limit=attempt_limit
            ),
            now=now,
        )

    def release(self, claim: Claim, *, detail: str, now: float) -> Job | FencedOff:
        """The instance is being terminated: return the job to the queue; the attempt does not count."""
        return self._end(
            claim, lambda job: transitions.interrupted(job, claim.stamp(now), detail=detail), now=now
        )

    def cancelled(self, claim: Claim, *, now: float) -> Job | FencedOff:
        """The engine has stopped because the customer asked for it."""
        return self._end(
            claim,
            lambda job: transitions.cancelled(job, claim.stamp(now)),
            now=now,
            already=lambda job: job.state is JobState.CANCELLED,
        )

    def _end(
        self,
        claim: Claim,
        decide: Callable[[Job], Move],
        *,
        now: float,
        already: Callable[[Job], bool] = lambda _: False,
    ) -> Job | FencedOff:
        for _ in range(ROUNDS):
            try:
                job = read_job(self._table, claim.job_id)
            except UnreadableItemError:
                job = None
            if job is None:
                return FencedOff.FENCED_OFF
            if job.attempt == claim.attempt and already(job):
                return job
            if not _owns(job, claim):
                return FencedOff.FENCED_OFF
            move = decide(job)
            worker = _worker(self._table, claim.instance_id)
            freed = worker and freeing(worker, job_id=claim.job_id, attempt=claim.attempt, now=now)
            if self._table.transact(
                [*writes(move, lease_owner=claim.instance_id), *([freed] if freed else [])]
            ):
                return move.after
        raise TryAgainLater(f"end of {claim.job_id}: overtaken {ROUNDS} times")


def _worker(table: Table, instance_id: str) -> Worker | None:
    """The worker; one whose record cannot be read is as unknown as one without."""
    try:
        return read_worker(table, instance_id)
    except UnreadableItemError:
        return None


def _owns(job: Job, claim: Claim) -> bool:
    return (
        job.state is JobState.RENDERING
        and job.attempt == claim.attempt
        and job.lease_owner == claim.instance_id
    )


def _held(job: Job, worker: Worker | None, claim: Claim) -> bool:
    return (
        _owns(job, claim)
        and worker is not None
        and (worker.job_id, worker.attempt) == (claim.job_id, claim.attempt)
    )


def _refusal(job: Job | None, worker: Worker | None, claim: Claim) -> ClaimRefusal | None:
    if job is None:
        return ClaimRefusal.NO_SUCH_JOB
    if job.state is JobState.RENDERING and job.attempt == claim.attempt:
        return ClaimRefusal.ALREADY_TAKEN
    if job.state is not JobState.QUEUED or job.attempt != claim.attempt:
        return ClaimRefusal.NOT_WAITING
    if worker is None:
        return ClaimRefusal.WORKER_UNKNOWN
    return {
        WorkerState.IDLE: None,
        WorkerState.BUSY: ClaimRefusal.WORKER_BUSY,
        WorkerState.DRAINING: ClaimRefusal.WORKER_DRAINING,
    }[worker.state]
