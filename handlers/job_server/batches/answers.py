"""The response bodies about batches."""

from datetime import UTC, datetime

from pydantic import ConfigDict, Field

from handlers.job_server.batches.service import AcceptedBatch, BatchStatus
from handlers.job_server.schemas.responses import View
from handlers.jobs.states import JobState


class BatchLinks(View):
    """Paths of related resources."""

    self: str
    renders: str


class AcceptedBatchView(View):
    """A batch whose renders have all been accepted; repeating the request returns the same one."""

    model_config = ConfigDict(title="AcceptedBatch")

    id: str
    renders: list[str] = Field(description="Ids of the renders, in the order of the items.")
    links: BatchLinks


class BatchCounts(View):
    """How many renders of a batch are in each state, and how many were deleted."""

    queued: int
    rendering: int
    succeeded: int
    failed: int
    cancelled: int
    deleted: int


class BatchView(View):
    """A batch, and the states of its renders a moment ago."""

    model_config = ConfigDict(title="Batch")

    id: str
    items: int = Field(description="How many renders the submission has.")
    accepted: int = Field(
        description="How many are accepted; fewer than `items` when the submission was interrupted."
    )
    renders: BatchCounts
    ended: bool = Field(description="Whether all renders are accepted and have ended.")
    created_at: datetime
    expires_at: datetime = Field(description="When the batch is forgotten; it is not found from then on.")
    poll_after_s: int | None = Field(
        ge=1, description="Seconds to wait before the next look; null when it has ended."
    )
    links: BatchLinks


def accepted_batch(one: AcceptedBatch) -> AcceptedBatchView:
    """The response to the submission of a batch."""
    return AcceptedBatchView(id=one.batch.id, renders=[*one.job_ids], links=batch_links(one.batch.id))


def batch(one: BatchStatus) -> BatchView:
    """A batch as its owner sees it."""
    counts = {state.value: one.states.get(state, 0) for state in JobState}
    return BatchView(
        id=one.batch.id,
        items=one.batch.items,
        accepted=one.batch.written,
        renders=BatchCounts(**counts, deleted=one.deleted),
        ended=one.ended,
        created_at=datetime.fromtimestamp(one.batch.created_at, UTC),
        expires_at=datetime.fromtimestamp(one.batch.expires_at, UTC),
        poll_after_s=one.poll_after_s,
        links=batch_links(one.batch.id),
    )


def batch_links(batch_id: str) -> BatchLinks:
    """The paths of a batch."""
    return BatchLinks(self=f"/v1/batches/{batch_id}", renders=f"/v1/renders?batch={batch_id}")
