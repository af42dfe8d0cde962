"""How the same request with the same key is answered as the first."""

import hashlib
import json
from typing import Final

from handlers.job_server.renders.callers import Caller
from handlers.job_server.renders.refusals import KeyReusedError
from handlers.jobs.ids import BATCH_ID
from handlers.jobs.json_schema.values import Json
from handlers.jobs.store.customers.idempotency import IdempotencyRecord

IDEMPOTENCY_SECONDS: Final = 24 * 3600


def new_record(caller: Caller, key: str, body: Json, *, stands_for: str, now: float) -> IdempotencyRecord:
    """The record by which the same request with the same key is answered as the first."""
    return IdempotencyRecord(
        tenant=caller.tenant,
        key=key,
        job_id=stands_for,
        body_sha256=hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest(),
        expires_at=int(now) + IDEMPOTENCY_SECONDS,
    )


def replayed(first: IdempotencyRecord, again: IdempotencyRecord) -> str:
    """The id that an earlier record stands for, when the request is the same: a render's or a batch's.

    Raises:
        KeyReusedError: it is another one.
    """
    batches = [BATCH_ID.fullmatch(one.job_id) is not None for one in (first, again)]
    if first.body_sha256 != again.body_sha256 or batches[0] is not batches[1]:
        raise KeyReusedError("batch" if batches[1] else "render")
    return first.job_id
