"""The customer's side of the table: submit, look, list, cancel, delete."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from itertools import islice
from typing import Final

from handlers.jobs import transitions
from handlers.jobs.answers import CancelRefusal, DeleteRefusal
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.model import Batch, DeliveryAttempt, Job, JobEvent, ScalerView
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.attempt_progress import progressed, with_progress
from handlers.jobs.store.compositions import Compositions
from handlers.jobs.store.customers.asset_deletions import AssetDeletion, delete_asset, is_deleted
from handlers.jobs.store.customers.batches import begin, extend, read_batch, states
from handlers.jobs.store.customers.deletions import delete_job
from handlers.jobs.store.customers.delivery_requests import DeliveryRequest, add_request
from handlers.jobs.store.customers.idempotency import IdempotencyRecord, record_from_item, record_put
from handlers.jobs.store.customers.listing import ALL, JobFilter, JobList, Page
from handlers.jobs.store.customers.looks import Look, events_of, look_at
from handlers.jobs.store.customers.submissions import Submission, submission_writes
from handlers.jobs.store.customers.usage_days import UsageDay, UsageDays
from handlers.jobs.store.items import (
    delivery_from_item,
    job_from_item,
    scaler_view_from_item,
)
from handlers.jobs.store.reading import OnUnreadable, UnreadableItemError, readable, untold
from handlers.jobs.store.table import Condition, Query, Table, equal
from handlers.jobs.store.writing import ROUNDS, read_job, writes
from handlers.jobs.transitions import Stamp

ACTIONS = frozenset(
    {
        "dynamodb:BatchGetItem",
        "dynamodb:DeleteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
    }
)


MOST_DELIVERIES: Final = 100
"""Attempts that a list shows: redeliveries, each with tries at five endpoints, can make thousands."""
JOB_AND_PROGRESS: Final = 2
"""Items that one look at a job reads."""


class CustomerJobs:
    """The job server's access to jobs."""

    def __init__(self, table: Table, on_unreadable: OnUnreadable = untold) -> None:
        self._table, self._on_unreadable = table, on_unreadable

    def submit(
        self,
        job: Job,
        *,
        record: IdempotencyRecord | None,
        actor: str,
        now: float,
        composition: bytes | None = None,
    ) -> IdempotencyRecord | None:
        """Write job, event, packed composition, webhook address and idempotency record, all or none.

        Returns the record that came first, if one did. Nobody reads it before: the table tells it with the
        refusal.
        """
        entries = [
            *submission_writes(Submission(job=job, composition=composition), Stamp(at=now, actor=actor)),
            *([record_put(record, now)] if record else []),
        ]
        for _ in range(ROUNDS):
            refused = self._table.try_transaction(entries)
            if refused is None:
                return None
            if record and refused.found:
                earlier = record_from_item(record.tenant, record.key, refused.found[0])
                # Our own: the write took effect and its answer was lost on the way.
                return None if earlier.job_id == job.id else earlier
        raise TryAgainLater(f"submission of {job.id}: overtaken {ROUNDS} times")

    def idempotency_record(self, tenant: str, key: str, *, now: float) -> IdempotencyRecord | None:
        """The record of an idempotency key, unless it has expired."""
        item = self._table.get(keys.idempotency(tenant, key))
        record = record_from_item(tenant, key, item) if item else None
        return record if record and record.expires_at > now else None

    def get(self, job_id: str) -> Job | None:
        """Read the job and the progress of its attempt in one call.

        Raises:
            UnreadableItemError: its item holds what this service never writes.
        """
        first, last = keys.job(job_id), keys.progress(job_id)
        match = Condition(
            "#pk = :pk AND #sk BETWEEN :first AND :last",
            {":pk": first.pk, ":first": first.sk, ":last": last.sk},
        )
        query = Query(match=match, consistent=True, page=JOB_AND_PROGRESS)
        # An instance may put any number of items between the two; then there is no progress to be seen.
        found = {item["sk"]: item for item in islice(self._table.query(query), JOB_AND_PROGRESS)}
        if first.sk not in found:
            return None
        return progressed(job_from_item(found[first.sk]), found.get(last.sk))

    def look(self, job_id: str) -> Look | None:
        """Read the job, the progress of its attempt and its events, in one call unless they are many.

        Raises:
            UnreadableItemError: its item holds what this service never writes.
        """
        return look_at(self._table, job_id, self._on_unreadable)

    def composition(self, job_id: str) -> bytes | None:
        """The composition of a job; None when the table has none.

        Raises:
            UnreadableItemError: its item holds what this service never writes.
        """
        return Compositions(self._table).of(job_id)

    def events(self, job_id: str) -> list[JobEvent]:
        """The events of the job that can be read, in order, up to those that `MOST_CALLS` calls read."""
        return events_of(self._table, job_id, self._on_unreadable)

    def deliveries(self, job_id: str) -> list[DeliveryAttempt]:
        """The newest attempts to deliver the job's webhook, in order, without the summary item."""
        match = equal(pk=keys.delivery(job_id, 0).pk)
        query = Query(match=match, ascending=False, consistent=True, page=MOST_DELIVERIES)
        found = islice(self._table.query(query), MOST_DELIVERIES)
        attempts = readable(found, delivery_from_item, self._on_unreadable)
        return [attempt for attempt in attempts if attempt.number][::-1]

    def request_delivery(self, request: DeliveryRequest) -> str:
        """Ask for a delivery, once for each idempotency key; the id of the one that was asked for."""
        return add_request(self._table, request)

    def page(self, tenant: str, *, limit: int, wanted: JobFilter = ALL, cursor: str | None = None) -> Page:
        """Up to `limit` of the tenant's jobs that the filter takes, newest first.

        Raises:
            BadCursorError: the cursor was not returned by this list.
        """
        jobs = JobList(tenant=tenant, wanted=wanted)
        return jobs.page(self._table, limit=limit, cursor=cursor, on_unreadable=self._on_unreadable)

    def queued_of_tenant(self, tenant: str, *, fleet: str, at_most: int) -> int:
        """How many jobs of the tenant are queued in a fleet; counting stops at `at_most`."""
        waiting = Query(index=keys.BY_WAITING, match=equal(waiting_pk=keys.waiting_pk(tenant, fleet)))
        return self._table.count(waiting, at_most=at_most)

    def begin_batch(
        self,
        batch: Batch,
        submissions: Sequence[Submission],
        *,
        record: IdempotencyRecord,
        actor: str,
        now: float,
    ) -> IdempotencyRecord | None:
        """Write a batch with its first jobs, or return the record that came first."""
        return begin(self._table, batch, submissions, record=record, stamp=Stamp(at=now, actor=actor))

    def extend_batch(
        self, batch: Batch, submissions: Sequence[Submission], *, actor: str, now: float
    ) -> Batch | None:
        """Write the next jobs of a batch; None when another request has written them."""
        return extend(self._table, batch, submissions, stamp=Stamp(at=now, actor=actor))

    def batch(self, batch_id: str) -> Batch | None:
        """Read a batch."""
        return read_batch(self._table, batch_id)

    def states_of(self, batch: Batch) -> Counter[JobState]:
        """How many of a batch's jobs are in each state, as the index shows them, by one query."""
        return states(self._table, batch, self._on_unreadable)

    def request_cancel(self, job_id: str, *, actor: str, now: float) -> Job | CancelRefusal:
        """End a queued job, or ask the worker of a rendering one to stop; a second call changes nothing."""
        for _ in range(ROUNDS):
            try:
                job = read_job(self._table, job_id)
            except UnreadableItemError as error:
                self._on_unreadable(error)
                return CancelRefusal.UNREADABLE
            if job is None:
                return CancelRefusal.NO_SUCH_JOB
            if job.state.terminal:
                return CancelRefusal.FINAL
            if job.cancel_requested:
                return with_progress(self._table, job)
            move = transitions.cancel_asked(job, Stamp(at=now, actor=actor))
            if self._table.transact([*writes(move)]):
                return with_progress(self._table, move.after)
        raise TryAgainLater(f"cancellation of {job_id}: overtaken {ROUNDS} times")

    def delete(self, job_id: str, *, tenant: str, actor: str, now: float) -> DeleteRefusal | None:
        """Delete a tenant's job that has ended; None when it is deleted, now or before."""
        try:
            return delete_job(self._table, job_id, tenant=tenant, actor=actor, now=now)
        except UnreadableItemError as error:
            self._on_unreadable(error)
            return DeleteRefusal.NO_SUCH_JOB

    def delete_asset(self, deletion: AssetDeletion, *, actor: str, expires_at: int) -> None:
        """Record that a tenant has deleted an asset, from which the sweeper erases its file."""
        delete_asset(self._table, deletion, actor=actor, expires_at=expires_at)

    def has_deleted_asset(self, tenant: str, asset_id: str) -> bool:
        """Whether the tenant has deleted an asset, as long as that is on record."""
        return is_deleted(self._table, tenant, asset_id)

    def usage(self, tenant: str, first: date, last: date) -> list[UsageDay]:
        """What the tenant's renders that ended on these days have used; one query for three months."""
        return UsageDays(self._table, self._on_unreadable).of_tenant(tenant, first, last)

    def scaler_view(self, fleet: str) -> ScalerView | None:
        """The scaler's last decision for the fleet."""
        item = self._table.get(keys.scaler(fleet))
        return scaler_view_from_item(fleet, item) if item else None
