"""Deletion of a job: its item goes at once, its content within minutes, and a record of it stays.

The record is an item in a partition that no instance may write: it makes the sweeper erase files, once at
once, and once when an upload that was under way has ended: an attempt that has lost its job looks before it
stores. The record stays until the job would have expired, so that a repeated deletion is answered as the
first, and a restore of the table does not bring back what a customer has deleted.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from handlers.jobs.answers import DeleteRefusal
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.ids import JOB_ID, TENANT
from handlers.jobs.model import Job
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Value
from handlers.jobs.store.keys import Entity
from handlers.jobs.store.reading import Reader, readable_first
from handlers.jobs.store.table import PRESENT, Condition, Delete, Put, Query, Table, Update, equal
from handlers.jobs.store.writing import ROUNDS, read_job

ACTIONS: Final = frozenset({"dynamodb:DeleteItem", "dynamodb:Query", "dynamodb:UpdateItem"})
"""What the sweeper calls for `PendingDeletions`."""

PAGE: Final = 25
UPLOADS_END_SECONDS: Final = 3_900
"""After a deletion: no attempt that had the job before stores anything any more."""


@dataclass(frozen=True, kw_only=True)
class Deletion:
    """A job that its customer has deleted, at a time in epoch seconds."""

    job_id: str
    tenant: str
    at: float

    @property
    def id(self) -> str:
        """The id of the job."""
        return self.job_id


def delete_job(table: Table, job_id: str, *, tenant: str, actor: str, now: float) -> DeleteRefusal | None:
    """Remove the item of a tenant's job that has ended, and record that; None when it is removed.

    So it is also when it was removed before.

    Raises:
        UnreadableItemError: the item of the job holds what this service never writes.
    """
    for _ in range(ROUNDS):
        job = read_job(table, job_id)
        if job is None:
            before = table.get(keys.deletion(job_id))
            return None if before and before.get("tenant") == tenant else DeleteRefusal.NO_SUCH_JOB
        if job.tenant != tenant:
            return DeleteRefusal.NO_SUCH_JOB
        if not job.state.terminal:
            return DeleteRefusal.NOT_FINAL
        unchanged = equal(state=job.state.value, attempt=job.attempt, event_count=job.event_count)
        if table.transact([Delete(key=keys.job(job_id), condition=unchanged), _record(job, actor, now)]):
            return None
    raise TryAgainLater(f"deletion of {job_id}: overtaken {ROUNDS} times")


class PendingDeletions:
    """The sweeper's access to deletions whose content is not erased yet."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def pending(self, *, now: float) -> Iterator[Deletion]:
        """The deletions that are due, the oldest first, read page by page.

        Raises:
            UnreadableItemError: at the end, when items were skipped that are no deletions.
        """
        match = Condition(
            "#state_pk = :state_pk AND #state_sk <= :until",
            {":state_pk": keys.deletions_pk(), ":until": now},
        )
        items = self._table.query(Query(index=keys.BY_STATE, match=match, page=PAGE))
        return readable_first(items, _deletion)

    def erase_items(self, deletion: Deletion) -> None:
        """Remove what the table has of the job's content: its composition and the address of its webhook."""
        for key in (keys.composition(deletion.job_id), keys.webhook(deletion.job_id)):
            self._table.delete(key, PRESENT)

    def mark_erased(self, deletion: Deletion, *, now: float) -> None:
        """Record that nothing is left; once more when no late upload can bring anything back.

        A deletion that was repeated in the meantime stays due.
        """
        uploads_end = deletion.at + UPLOADS_END_SECONDS
        again: dict[str, Value | None] = (
            {"state_sk": uploads_end} if now < uploads_end else {"state_pk": None, "state_sk": None}
        )
        self._table.update(
            Update(
                key=keys.deletion(deletion.job_id),
                changes={"erased_at": now, **again},
                condition=equal(deleted_at=deletion.at),
            )
        )


def _record(job: Job, actor: str, now: float) -> Put:
    """The record; it replaces an earlier one of a job that an operator has restored by hand."""
    key = keys.deletion(job.id)
    return Put(
        item={
            "pk": key.pk,
            "sk": key.sk,
            "entity": Entity.DELETION,
            "state_pk": keys.deletions_pk(),
            "state_sk": now,
            "job_id": job.id,
            "tenant": job.tenant,
            "actor": actor,
            "deleted_at": now,
            "expires_at": job.expires_at,
        },
        condition=Condition("attribute_not_exists(#pk) OR #tenant = :tenant", {":tenant": job.tenant}),
    )


def _deletion(item: Mapping[str, Value]) -> Deletion:
    """A deletion, from the partition that the job server alone writes: any item may say that it is one."""
    read = Reader(item)
    job_id = read.matching("job_id", JOB_ID)
    if item.get("pk") != keys.deletion(job_id).pk:
        raise read.refusal("pk", keys.deletion(job_id).pk)
    return Deletion(
        job_id=job_id,
        tenant=read.matching("tenant", TENANT),
        at=read.time("deleted_at"),
    )
