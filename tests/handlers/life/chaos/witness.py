"""Watches every change of the table, and says at once which rule of the job protocol it breaks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from handlers.jobs.model import Job, Worker, WorkerState
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import TRANSITIONS, JobState
from handlers.jobs.store.attributes import Item, decode_item, encode_item
from handlers.jobs.store.items import job_from_item, job_to_item, worker_from_item
from handlers.jobs.store.keys import Entity
from handlers.jobs.store.worker_jobs import Claim
from handlers.jobs.transitions import attempts_spent
from tests.handlers.life.world import LIMIT

MOVES: Final = {(before, after) for (before, _), after in TRANSITIONS.items()}
DIGIT: Final = 0.001
"""Of what the table keeps of a number."""
WORKER_MOVES: Final = {
    (WorkerState.IDLE, WorkerState.BUSY),
    (WorkerState.IDLE, WorkerState.DRAINING),
    (WorkerState.BUSY, WorkerState.IDLE),
    (WorkerState.BUSY, WorkerState.DRAINING),
}


@dataclass
class Witness:
    """Collects mistakes; each is a sentence that names the item."""

    clock: Callable[[], float]
    mistakes: list[str] = field(default_factory=list)
    unwell: set[str] = field(default_factory=set)
    """Instances that were killed, stopped or taken back: their leases may run out."""
    outages: list[tuple[float, float]] = field(default_factory=list)
    """From when until when the table refused or lost calls, or answered none."""
    renewing_s: float = 0.0
    """For so long before its end a lease is renewed; one may run out that could not be then."""
    ended: dict[str, int] = field(default_factory=dict)
    """How often each job has ended."""
    claimed: set[tuple[str, int]] = field(default_factory=set)
    """Every attempt that a worker has claimed."""
    rendered: set[tuple[str, int]] = field(default_factory=set)
    """Every attempt that an agent has begun."""

    def changed(self, before: Item | None, after: Item) -> None:
        """Look at one change of an item."""
        match after["entity"]:
            case Entity.JOB:
                self._job(before and job_from_item(before), job_from_item(after), after)
            case Entity.WORKER if before:
                self._worker(worker_from_item(before), worker_from_item(after))
            case Entity.DELIVERY_REQUEST if before:
                self._say(f"{after['pk']} {after['sk']}", "is asked for twice under one key")
            case Entity.DELIVERY if before:
                self._delivery(before, after)

    def drained(self, worker: Worker | None) -> None:
        """Look at a worker whose instance the scaler is about to end."""
        if worker and worker.job_id:
            self._say(worker.instance_id, f"is drained with {worker.job_id} in work")

    def begun(self, instance: str, claim: Claim) -> None:
        """Look at an attempt that an agent begins to render."""
        if (claim.job_id, claim.attempt) in self.rendered:
            self._say(claim.job_id, f"attempt {claim.attempt} is rendered once more, by {instance}")
        self.rendered.add((claim.job_id, claim.attempt))

    def held(self, claim: Claim, job: Job | None) -> None:
        """Look at a job whose lease its agent believes to have renewed."""
        owner = job and job.state is JobState.RENDERING and (job.attempt, job.lease_owner)
        if owner != (claim.attempt, claim.instance_id):
            self._say(claim.job_id, f"is believed to be held by {claim.instance_id}, which has lost it")

    def stored(self, key: str, *, already: bool) -> None:
        """Look at a video that is uploaded."""
        if already:
            self._say(key, "is written over")

    def delivering(self, webhook: str, *, delivered: bool, posted: bool) -> None:
        """Look at one try to deliver a webhook."""
        if delivered and posted:
            self._say(webhook, "is sent again after it was delivered")

    def _job(self, before: Job | None, after: Job, item: Item) -> None:
        if not _alike(item, decode_item(encode_item(job_to_item(after)))):
            self._say(after.id, f"is {after.state} in an index that says something else")
        if (after.lease_owner is not None) is not (after.state is JobState.RENDERING):
            self._say(after.id, f"is {after.state} with the lease of {after.lease_owner}")
        if attempts_spent(after) > LIMIT:
            self._say(after.id, f"is at attempt {after.attempt}, of which {attempts_spent(after)} count")
        if after.state.terminal and (before is None or not before.state.terminal):
            self.ended[after.id] = self.ended.get(after.id, 0) + 1
        if before is not None:
            self._move(before, after)

    def _move(self, before: Job, after: Job) -> None:
        if before.state.terminal and _end(before) != _end(after):
            self._say(after.id, f"had ended as {before.state}, and is {after.state} now")
        if before.state is not after.state:
            if (before.state, after.state) not in MOVES:
                self._say(after.id, f"went from {before.state} to {after.state}")
            if after.event_count != before.event_count + 1:
                self._say(after.id, f"went from {before.state} to {after.state} without an event")
        if before.enqueued_at != after.enqueued_at and after.event_count == before.event_count:
            self._say(after.id, "is queued anew without an event")
        if after.attempt not in {before.attempt, before.attempt + 1}:
            self._say(after.id, f"went from attempt {before.attempt} to {after.attempt}")
        if before.state is JobState.QUEUED and after.state is JobState.RENDERING:
            self._claim(after)
        if before.state is JobState.RENDERING and after.failure != before.failure:
            self._taken(before, after)

    def _claim(self, job: Job) -> None:
        if (job.id, job.attempt) in self.claimed:
            self._say(job.id, f"attempt {job.attempt} is claimed twice")
        self.claimed.add((job.id, job.attempt))

    def _taken(self, before: Job, after: Job) -> None:
        if after.failure is None or after.failure.code is not FailureCode.LEASE_LOST:
            return
        if (before.lease_expires_at or 0.0) > self.clock():
            self._say(after.id, f"is taken from {before.lease_owner} before its lease has ended")
        if before.lease_owner not in self.unwell and not self._was_out(before.lease_expires_at or 0.0):
            self._say(after.id, f"is taken from {before.lease_owner}, which nothing had befallen")

    def _was_out(self, lease_ended: float) -> bool:
        return any(begin < lease_ended < end + self.renewing_s for begin, end in self.outages)

    def _worker(self, before: Worker, after: Worker) -> None:
        if before.state is not after.state and (before.state, after.state) not in WORKER_MOVES:
            self._say(after.instance_id, f"went from {before.state} to {after.state}")
        if (after.state is WorkerState.IDLE) and after.job_id:
            self._say(after.instance_id, f"is idle with {after.job_id} in work")

    def _delivery(self, before: Item, after: Item) -> None:
        same_end = before.get("ended_with") == after.get("ended_with")
        if same_end and before["status"] == "delivered" and after["status"] != "delivered":
            self._say(str(after["pk"]), "was delivered, and is no longer")

    def _say(self, who: str, what: str) -> None:
        self.mistakes.append(f"{who} {what}")


def _alike(one: Item, other: Item) -> bool:
    """Whether two items are the same; numbers may differ in the last digit, which was rounded."""
    return one.keys() == other.keys() and all(
        abs(value - there) < 2 * DIGIT
        if isinstance(value, float) and isinstance(there := other[name], float)
        else value == other[name]
        for name, value in one.items()
    )


def _end(job: Job) -> tuple[object, ...]:
    """What never changes once a job has ended."""
    return job.state, job.attempt, job.event_count, job.output_key, job.finished_at, job.failure
