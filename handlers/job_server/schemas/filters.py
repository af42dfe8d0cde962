"""The filters of the list of renders, as query parameters."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, TypeAlias

from fastapi import Depends, Query
from pydantic import AwareDatetime, BeforeValidator

from handlers.job_server import problems
from handlers.jobs.ids import BATCH_ID
from handlers.jobs.states import JobState
from handlers.jobs.store.customers.listing import JobFilter

LONGEST_TEMPLATE: Final = 64
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)
_RFC_3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def _timestamp(text: str) -> str:
    """Pydantic alone takes other forms too, such as a number of seconds."""
    if not _RFC_3339.fullmatch(text):
        raise ValueError("expected a time as in RFC 3339, such as 2023-11-14T22:13:20Z (write + as %2B)")
    return text


Time: TypeAlias = Annotated[AwareDatetime, BeforeValidator(_timestamp)]


async def job_filter(
    state: Annotated[JobState | None, Query(description="List only renders in this state.")] = None,
    template: Annotated[
        str | None,
        Query(max_length=LONGEST_TEMPLATE, description="List only renders of this template."),
    ] = None,
    batch: Annotated[
        str | None, Query(pattern=f"^{BATCH_ID.pattern}$", description="List only renders of this batch.")
    ] = None,
    created_after: Annotated[
        Time | None, Query(description="List only renders that were submitted at this time or later.")
    ] = None,
    created_before: Annotated[
        Time | None, Query(description="List only renders that were submitted before this time.")
    ] = None,
) -> JobFilter:
    """The filter that the parameters of a list describe.

    Raises:
        Problem: no time can lie in the range.
    """
    if created_after and created_before and created_after >= created_before:
        raise problems.invalid_parameter("created_after", "must be earlier than created_before")
    return JobFilter(
        state=state,
        template=template,
        batch=batch,
        created_after=_seconds(created_after),
        created_before=_seconds(created_before),
    )


JobFilterOf: TypeAlias = Annotated[JobFilter, Depends(job_filter)]
KeyOfSubmission: TypeAlias = Annotated[
    str | None,
    Query(
        pattern="^[!-~]{1,255}$",
        description="List only the render, or the renders of the batch, that was submitted with this "
        "Idempotency-Key, for 24 hours.",
    ),
]


def _seconds(time: datetime | None) -> float | None:
    """Epoch seconds, rounded up to a millisecond: renders have no finer times."""
    return None if time is None else -((EPOCH - time) // MILLISECOND) / 1000
