"""One look at a job: its item, the progress of its attempt and its events, neighbors in one partition."""

from dataclasses import dataclass
from itertools import islice
from typing import Final

from handlers.jobs.model import Job, JobEvent
from handlers.jobs.store import keys
from handlers.jobs.store.attempt_progress import progressed
from handlers.jobs.store.items import event_from_item, job_from_item
from handlers.jobs.store.reading import OnUnreadable, readable
from handlers.jobs.store.table import MOST_CALLS, Condition, Query, Table

PAGE: Final = 40
"""Items of one call: a job with two attempts has six events."""
MOST_ITEMS: Final = 200
"""Items that one look reads: an instance may put any number of them."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """A job with its events, in order; of more than `MOST_ITEMS` the latest."""

    job: Job
    events: tuple[JobEvent, ...]


def look_at(table: Table, job_id: str, on_unreadable: OnUnreadable) -> Look | None:
    """The job, its progress and its events; one call unless there are more than `PAGE` of them.

    Raises:
        UnreadableItemError: the item of the job holds what this service never writes.
    """
    match = Condition(
        "#pk = :pk AND #sk BETWEEN :first AND :last",
        {
            ":pk": keys.job(job_id).pk,
            ":first": keys.EVENT_PREFIX,
            ":last": keys.progress(job_id).sk,
        },
    )
    # Backwards: progress and job come before the events, of which there may be many.
    query = Query(match=match, consistent=True, ascending=False, page=PAGE)
    items = list(islice(table.query(query), MOST_ITEMS))
    found = {str(item["sk"]): item for item in items}
    item = found.get(keys.job(job_id).sk)
    if item is None and len(items) == MOST_ITEMS:
        # What an instance has put between progress and job must not hide the job.
        item = table.get(keys.job(job_id))
    if item is None:
        return None
    events = (item for item in reversed(items) if str(item["sk"]).startswith(keys.EVENT_PREFIX))
    return Look(
        job=progressed(job_from_item(item), found.get(keys.progress(job_id).sk)),
        events=tuple(readable(events, event_from_item, on_unreadable)),
    )


def events_of(table: Table, job_id: str, on_unreadable: OnUnreadable) -> list[JobEvent]:
    """The events of the job that can be read, in order, up to those that `MOST_CALLS` calls read."""
    match = Condition(
        "#pk = :pk AND begins_with(#sk, :events)",
        {":pk": keys.job(job_id).pk, ":events": keys.EVENT_PREFIX},
    )
    found = table.query(Query(match=match, consistent=True, most_calls=MOST_CALLS))
    return list(readable(found, event_from_item, on_unreadable))
