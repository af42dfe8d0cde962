"""The record of what an idempotency key stands for, which a submission writes with what it submits."""

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Value
from handlers.jobs.store.keys import Entity
from handlers.jobs.store.reading import Reader
from handlers.jobs.store.table import Condition, Put


@dataclass(frozen=True, kw_only=True)
class IdempotencyRecord:
    """The render or batch, and the request, that an idempotency key stands for until it expires.

    `job_id` is the id of the render or of the batch.
    """

    tenant: str
    key: str
    job_id: str
    body_sha256: str
    expires_at: int


def record_from_item(tenant: str, key: str, item: Mapping[str, Value]) -> IdempotencyRecord:
    """A record from the table."""
    read = Reader(item)
    return IdempotencyRecord(
        tenant=tenant,
        key=key,
        job_id=read.text("job_id"),
        body_sha256=read.text("body_sha256"),
        expires_at=int(read.number("expires_at")),
    )


def record_put(record: IdempotencyRecord, now: float) -> Put:
    """The write of a record; it is refused, and tells the earlier record, while that one holds."""
    key = keys.idempotency(record.tenant, record.key)
    return Put(
        item={
            "pk": key.pk,
            "sk": key.sk,
            "entity": Entity.IDEMPOTENCY,
            "job_id": record.job_id,
            "body_sha256": record.body_sha256,
            "expires_at": record.expires_at,
        },
        condition=Condition("attribute_not_exists(#pk) OR #expires_at <= :now", {":now": now}),
        tells_item=True,
    )
