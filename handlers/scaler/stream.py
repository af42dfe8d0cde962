"""What the table's stream tells about a fleet: renders that arrived, started and finished."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypedDict

from handlers.jobs.attributes import decode_item
from handlers.jobs.items import job_from_item
from handlers.jobs.keys import Entity
from handlers.jobs.model import Job
from handlers.jobs.states import JobState

from .history import History

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


def observe(records: Iterable[Record], history: History, *, fleet: str, objective_s: float) -> History:
    """The history after these changes; records of other fleets and entities change nothing."""
    for record in records:
        change = record.get("dynamodb", {})
        job, before = _job(change.get("NewImage")), _job(change.get("OldImage"))
        if job is None or job.fleet != fleet:
            continue
        if before is None:
            history = history.arrived(job.created_at)
        elif before.state is JobState.QUEUED and job.state is JobState.RENDERING:
            if job.attempt == 1:
                history = history.started(job.updated_at - job.created_at, objective_s)
        elif before.state is JobState.RENDERING and job.state is JobState.SUCCEEDED and job.started_at:
            history = history.finished((job.finished_at or job.updated_at) - job.started_at, job.template)
    return history


def batch_name(records: Iterable[Record]) -> str:
    """A name for the batch that is the same when it is delivered again."""
    numbers = [record.get("dynamodb", {}).get("SequenceNumber", "") for record in records]
    return f"{numbers[0]}..{numbers[-1]}" if numbers else ""


def _job(image: "Mapping[str, AttributeValueTypeDef] | None") -> Job | None:
    if not image or image.get("entity", {}).get("S") != Entity.JOB:
        return None
    return job_from_item(decode_item(image))
