"""What lets a customer ask again, and a message get onto its queue."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from handlers.job_server.batches.requests import BatchRequest
from handlers.job_server.batches.service import AcceptedBatch, BatchService
from handlers.job_server.renders.callers import Caller
from handlers.jobs.store import customer_jobs, dispatch_marks
from handlers.jobs.store.customers import batches, idempotency
from handlers.jobs.store.customers.idempotency import IdempotencyRecord
from handlers.jobs.store.dispatch_marks import DispatchMarks
from handlers.jobs.store.table import Put
from tests.handlers.life.chaos.removals.removing import ALWAYS, Patch, Removal, always


def idempotency_of_submissions(patch: Patch) -> None:
    """A key stands for the latest request."""
    record_put = idempotency.record_put

    def put(record: IdempotencyRecord, now: float) -> Put:
        return replace(record_put(record, now), condition=ALWAYS)

    for module in (customer_jobs, batches):
        patch.setattr(module, "record_put", put)


def resumption_of_batches(patch: Patch) -> None:
    """A batch that was begun passes for whole."""

    def resumed(self: BatchService, _caller: Caller, _request: BatchRequest, batch_id: str) -> AcceptedBatch:
        batch = self._jobs.batch(batch_id)
        assert batch is not None
        return AcceptedBatch(batch=batch, replayed=True)

    patch.setattr(BatchService, "_resumed", resumed)


def mark_of_an_unsent_message(patch: Patch) -> None:
    """The mark of a message stays although sending it has failed."""
    patch.setattr(DispatchMarks, "take_back", lambda *_, **__: True)


def conditions_of_dispatch_marks(patch: Patch) -> None:
    """A job is marked as sent whatever it is by then."""
    patch.setattr(dispatch_marks, "equal", always)


REMOVALS: Final[Sequence[Removal]] = (
    idempotency_of_submissions,
    resumption_of_batches,
    mark_of_an_unsent_message,
    conditions_of_dispatch_marks,
)
