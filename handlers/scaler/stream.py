"""What the table's stream tells about a fleet: renders that arrived, started and finished."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict

from handlers.jobs.model import Job
from handlers.jobs.states import JobState
from handlers.jobs.store.attributes import decode_item
from handlers.jobs.store.items import job_from_item
from handlers.jobs.store.keys import Entity
from handlers.jobs.store.reading import OnUnreadable, UnreadableItemError, untold
from handlers.scaler.decision.history import News

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


class Change(TypedDict, total=False):
    """The part of a stream record that is read here."""

    SequenceNumber: str
    NewImage: "Mapping[str, AttributeValueTypeDef]"
    OldImage: "Mapping[str, AttributeValueTypeDef]"


class Record(TypedDict, total=False):
    """One record of a stream batch."""

    eventName: str
    dynamodb: Change


def news_of(records: Sequence[Record], fleet: str, on_unreadable: OnUnreadable = untold) -> News:
    """The news in a batch; records of other fleets and entities are none, and unreadable ones are skipped."""
    arrived: list[Job] = []
    waits: list[float] = []
    served: list[float] = []
    for record in records:
        change = record.get("dynamodb", {})
        try:
            job, before = _job(change.get("NewImage")), _job(change.get("OldImage"))
        except UnreadableItemError as error:
            on_unreadable(error)
            continue
        if job is None or job.fleet != fleet:
            continue
        if before is None:
            arrived.append(job)
        elif (before.state, job.state) == (JobState.QUEUED, JobState.RENDERING):
            waits.append(max(0.0, job.updated_at - (before.enqueued_at or job.created_at)))
        elif (before.state, job.state) == (JobState.RENDERING, JobState.SUCCEEDED) and job.started_at:
            served.append(max(0.0, (job.finished_at or job.updated_at) - job.started_at))
    return News(
        arrived=tuple(job.created_at for job in arrived),
        waits=tuple(waits),
        served=tuple(served),
    )


def batch_name(records: Sequence[Record]) -> str:
    """A name for the batch that is the same when it is delivered again; empty without records."""
    numbers = [record.get("dynamodb", {}).get("SequenceNumber", "") for record in records]
    return f"{numbers[0]}..{numbers[-1]}" if numbers else ""


def _job(image: "Mapping[str, AttributeValueTypeDef] | None") -> Job | None:
    if not image or image.get("entity", {}).get("S") != Entity.JOB:
        return None
    return job_from_item(decode_item(image))
