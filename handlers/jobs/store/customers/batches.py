"""Batches: jobs that are submitted together, written by several transactions under one item.

A transaction has at most 100 items, and a job takes up to four. So the batch's item says how many of its jobs
are written, and each transaction moves that number on: whoever repeats the submission continues there.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from handlers.jobs.errors import TryAgainLater
from handlers.jobs.ids import BATCH_ID, TENANT
from handlers.jobs.model import Batch
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Value
from handlers.jobs.store.customers.idempotency import IdempotencyRecord, record_from_item, record_put
from handlers.jobs.store.customers.listing import batch_match, job_of
from handlers.jobs.store.customers.submissions import MOST_WRITES, Submission, submission_writes
from handlers.jobs.store.keys import Entity
from handlers.jobs.store.reading import LAST_TIME, OnUnreadable, Reader, readable
from handlers.jobs.store.table import Put, Query, Table, Update, equal
from handlers.jobs.store.writing import ROUNDS
from handlers.jobs.tenant_templates.definition import REFERENCE
from handlers.jobs.transitions import Stamp

MOST_ITEMS: Final = 100
"""Jobs of a batch."""
MOST_OF_A_TRANSACTION: Final = 100
"""Items; source: TransactWriteItems in the API reference of DynamoDB."""
JOBS_AT_ONCE: Final = (MOST_OF_A_TRANSACTION - 2) // MOST_WRITES
"""Jobs of one transaction, beside the batch and the idempotency record."""


def begin(
    table: Table, batch: Batch, submissions: Sequence[Submission], *, record: IdempotencyRecord, stamp: Stamp
) -> IdempotencyRecord | None:
    """Write the batch with its first jobs and the idempotency record, all or none.

    Returns the record that came first, if one did.
    """
    entries = [
        Put(item=_item(batch)),
        record_put(record, stamp.at),
        *(write for one in submissions for write in submission_writes(one, stamp)),
    ]
    for _ in range(ROUNDS):
        refused = table.try_transaction(entries)
        if refused is None:
            return None
        if refused.found:
            earlier = record_from_item(record.tenant, record.key, refused.found[0])
            # Our own: the write took effect and its answer was lost on the way.
            return None if earlier.job_id == batch.id else earlier
    raise TryAgainLater(f"submission of {batch.id}: overtaken {ROUNDS} times")


def extend(table: Table, batch: Batch, submissions: Sequence[Submission], *, stamp: Stamp) -> Batch | None:
    """Write the next jobs of a batch and how many are written now, all or none.

    None when they are written already: another request goes on with the same batch.
    """
    after = replace(batch, written=batch.written + len(submissions), written_at=stamp.at)
    entries = [
        Update(
            key=keys.batch(batch.id),
            changes={"written": after.written, "written_at": after.written_at},
            condition=equal(written=batch.written),
        ),
        *(write for one in submissions for write in submission_writes(one, stamp)),
    ]
    for _ in range(ROUNDS):
        if table.transact(entries):
            return after
        current = read_batch(table, batch.id)
        if current is None or current.written != batch.written:
            return None
    raise TryAgainLater(f"jobs {batch.written} and following of {batch.id}: overtaken {ROUNDS} times")


def read_batch(table: Table, batch_id: str) -> Batch | None:
    """Read a batch."""
    item = table.get(keys.batch(batch_id))
    return _from_item(item) if item else None


def states(table: Table, batch: Batch, on_unreadable: OnUnreadable) -> Counter[JobState]:
    """How many of the batch's jobs are in each state, as the index shows them.

    They are neighbors there: one call reads them all, 13 read units for a hundred jobs of a kilobyte.
    """
    match = batch_match(batch.tenant, batch.id)
    found = table.query(Query(index=keys.BY_TENANT, match=match, page=MOST_ITEMS + 1))
    return Counter(job.state for job in readable(found, partial(job_of, batch.tenant), on_unreadable))


def _item(batch: Batch) -> dict[str, Value]:
    key = keys.batch(batch.id)
    return {
        "pk": key.pk,
        "sk": key.sk,
        "entity": Entity.BATCH,
        "id": batch.id,
        "tenant": batch.tenant,
        "items": batch.items,
        "written": batch.written,
        "written_at": batch.written_at,
        "created_at": batch.created_at,
        "expires_at": batch.expires_at,
        "templates": [*batch.templates],
    }


def _from_item(item: Mapping[str, Value]) -> Batch:
    read = Reader(item)
    return Batch(
        id=read.matching("id", BATCH_ID),
        tenant=read.matching("tenant", TENANT),
        items=read.whole("items", least=1, most=MOST_ITEMS),
        written=read.whole("written", least=1, most=MOST_ITEMS),
        written_at=read.time("written_at"),
        created_at=read.time("created_at"),
        expires_at=read.whole("expires_at", most=LAST_TIME),
        templates=tuple(_templates(read, item)),
    )


def _templates(read: Reader, item: Mapping[str, Value]) -> Iterator[str]:
    # Absent in batches that an earlier release has begun.
    found = item.get("templates", [])
    for one in found if isinstance(found, list) else [found]:
        if not isinstance(one, str) or not REFERENCE.fullmatch(one):
            raise read.refusal("templates", "a list of versions of templates")
        yield one
