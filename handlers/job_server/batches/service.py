"""The operations on batches, without HTTP: submit, see."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Final

import structlog

from handlers.job_server.batches.requests import BatchRequest, NoBatchError
from handlers.job_server.queue_limit import QueueFullError
from handlers.job_server.renders.callers import Caller
from handlers.job_server.renders.idempotency import new_record, replayed
from handlers.job_server.renders.intake import Intake
from handlers.job_server.renders.polling import pause_after
from handlers.job_server.schemas.requests import RefusedError, RenderRequest
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.ids import batch_created_at, job_ids_of_batch, new_batch_id
from handlers.jobs.json_schema.values import Json
from handlers.jobs.model import Batch
from handlers.jobs.states import JobState
from handlers.jobs.store.compositions import packed
from handlers.jobs.store.customers.batches import JOBS_AT_ONCE
from handlers.jobs.store.customers.submissions import Submission
from handlers.jobs.tracing import log_fields

SETTLED_SECONDS: Final = 60.0
"""A job is in the index some milliseconds after it was written. One that is not there after so long was
deleted; until then it counts as queued."""
_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class AcceptedBatch:
    """A batch whose jobs are all written; `replayed` is whether earlier requests wrote them."""

    batch: Batch
    replayed: bool

    @property
    def job_ids(self) -> Sequence[str]:
        """The ids of its jobs, in the order of its items."""
        return job_ids_of_batch(self.batch.id, self.batch.items)


@dataclass(frozen=True, kw_only=True)
class BatchStatus:
    """A batch, how many of its jobs are in each state, and how many their customer has deleted."""

    batch: Batch
    states: Mapping[JobState, int]
    deleted: int
    now: float

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to any of its jobs, nor is one still to be written."""
        return self.batch.whole and not (self.states[JobState.QUEUED] or self.states[JobState.RENDERING])

    @property
    def poll_after_s(self) -> int | None:
        """Seconds until the next look; None when it has ended."""
        return None if self.ended else pause_after(self.now - self.batch.created_at)


class BegunError(Exception):
    """An earlier request has begun the batch with other versions of its templates, which all items get."""

    def __init__(self, templates: Sequence[str]) -> None:
        super().__init__(", ".join(templates))
        self.templates = templates


class BatchService:
    """Batches of all tenants."""

    def __init__(self, intake: Intake) -> None:
        self._intake, self._jobs, self._clock = intake, intake.jobs, intake.clock

    def submit(self, caller: Caller, request: BatchRequest, *, body: Json, key: str) -> AcceptedBatch:
        """Accept all renders of a batch once; a repeated request writes what an earlier one did not get to.

        Raises:
            BegunError: the batch was begun with other versions of its templates, and is not whole.
            KeyReusedError: the key stands for another body.
            QueueFullError: the tenant must wait. Of a batch that is new to us, nothing was written.
            RefusedError: compositions name assets that are not there, or too large.
        """
        now = round(self._clock(), 3)
        batch = _new_batch(caller, request, now, self._intake)
        record = new_record(caller, key, body, stands_for=batch.id, now=now)
        try:
            with self._room(caller, request.items):
                self._intake.check_assets(caller.tenant, request.items)
                some = self._submissions(caller, request, batch, now)
                begun = replace(batch, written=len(some))
                first = self._jobs.begin_batch(begun, some, record=record, actor=caller.actor, now=now)
                if first is None:
                    self._send(some)
                    return AcceptedBatch(batch=self._finished(caller, request, begun), replayed=False)
        except (QueueFullError, RefusedError):
            # Whoever asks again for what was accepted gets that, whatever holds for new renders now.
            first = self._jobs.idempotency_record(caller.tenant, key, now=now)
            if first is None:
                raise
        return self._resumed(caller, request, replayed(first, record))

    def accepted_before(self, caller: Caller, *, body: Json, key: str) -> AcceptedBatch | None:
        """What this batch got earlier; None when it is new, or its submission was interrupted.

        Raises:
            BegunError: it was interrupted, and can continue with the versions that it was begun with.
            KeyReusedError: the key stands for another body.
        """
        now = self._clock()
        first = self._jobs.idempotency_record(caller.tenant, key, now=now)
        if first is None:
            return None
        again = new_record(caller, key, body, stands_for=new_batch_id(now), now=now)
        batch = self._jobs.batch(replayed(first, again))
        if batch and not batch.whole and batch.templates:
            raise BegunError(batch.templates)
        return AcceptedBatch(batch=batch, replayed=True) if batch and batch.whole else None

    def get(self, caller: Caller, batch_id: str) -> BatchStatus:
        """One of the caller's batches.

        Raises:
            NoBatchError: there is none, or it is somebody else's.
        """
        batch = self._jobs.batch(batch_id)
        if batch is None or batch.tenant != caller.tenant:
            raise NoBatchError(batch_id)
        now = self._clock()
        states = self._jobs.states_of(batch)
        unseen = max(0, batch.written - states.total())
        if now - batch.written_at < SETTLED_SECONDS:
            states, unseen = states + Counter({JobState.QUEUED: unseen}), 0
        return BatchStatus(batch=batch, states=states, deleted=unseen, now=now)

    def _resumed(self, caller: Caller, request: BatchRequest, batch_id: str) -> AcceptedBatch:
        """The batch that an earlier request has begun, whole."""
        batch = self._jobs.batch(batch_id)
        if batch and not batch.whole and batch.templates and batch.templates != request.templates:
            raise BegunError(batch.templates)
        while batch is not None and not batch.whole:
            try:
                with self._room(caller, request.items[batch.written :]):
                    return AcceptedBatch(batch=self._finished(caller, request, batch), replayed=False)
            except QueueFullError:
                # The jobs that fill the queue may be those that the earlier request is writing now.
                before, batch = batch.written, self._jobs.batch(batch_id)
                if batch is not None and batch.written == before:
                    raise
        if batch is None:
            raise NoBatchError(batch_id)
        return AcceptedBatch(batch=batch, replayed=True)

    def _finished(self, caller: Caller, request: BatchRequest, batch: Batch) -> Batch:
        """Write the rest of a batch, some jobs with each transaction, and send their messages."""
        while not batch.whole:
            now = round(self._clock(), 3)
            some = self._submissions(caller, request, batch, now)
            after = self._jobs.extend_batch(batch, some, actor=caller.actor, now=now)
            if after is not None:
                self._send(some)
            batch = after or self._read_again(batch)
        return batch

    def _read_again(self, batch: Batch) -> Batch:
        """The batch after another request with the same key has gone on with it."""
        current = self._jobs.batch(batch.id)
        if current is None or current.written <= batch.written:
            raise TryAgainLater(f"submission of {batch.id}: its item is gone")
        return current

    def _submissions(
        self, caller: Caller, request: BatchRequest, batch: Batch, now: float
    ) -> Sequence[Submission]:
        """The next jobs of a batch; what is too large for the table is stored in the bucket at once."""
        ids = job_ids_of_batch(batch.id, batch.items)
        some = slice(batch.written, batch.written + JOBS_AT_ONCE)
        return [
            self._submission(caller, one, batch, job_id, now)
            for job_id, one in zip(ids[some], request.items[some], strict=True)
        ]

    def _submission(
        self, caller: Caller, request: RenderRequest, batch: Batch, job_id: str, now: float
    ) -> Submission:
        job = replace(
            self._intake.new_job(caller, request, now, job_id),
            # One time for all: they are neighbors in their tenant's list.
            created_at=batch.created_at,
            expires_at=batch.expires_at,
            batch=batch.id,
        )
        composition = json.dumps(request.composition).encode()
        small = packed(composition)
        if small is None:
            self._intake.objects.store_composition(job.composition_key, composition)
        return Submission(job=replace(job, composition_is_large=small is None), composition=small)

    @contextmanager
    def _room(self, caller: Caller, requests: Sequence[RenderRequest]) -> Iterator[None]:
        """Slots for all of the renders, or for none."""
        with ExitStack() as slots:
            # In one order, so that no two batches hold what the other waits for.
            for fleet, renders in sorted(Counter(one.fleet for one in requests).items()):
                slots.enter_context(
                    self._intake.queue_limit.slot(caller.tenant, fleet, renders, limit=caller.limits.queued)
                )
            yield

    def _send(self, submissions: Sequence[Submission]) -> None:
        """Send the jobs' messages; the jobs are already stored, so the sweeper sends those that fail."""
        jobs = [one.job for one in submissions]
        for one in self._intake.queue.send_all(jobs, now=round(self._clock(), 3)):
            _log.warning("dispatch_failed", error=one.error, passing=one.passing, **log_fields(one.job))


def _new_batch(caller: Caller, request: BatchRequest, now: float, intake: Intake) -> Batch:
    batch_id = new_batch_id(now)
    created_at = batch_created_at(batch_id)
    first = intake.new_job(caller, request.items[0], created_at, job_ids_of_batch(batch_id, 1)[0])
    return Batch(
        id=batch_id,
        tenant=caller.tenant,
        items=len(request.items),
        written=0,
        written_at=now,
        created_at=created_at,
        expires_at=first.expires_at,
        templates=request.templates,
    )
