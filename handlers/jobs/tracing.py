"""The trace of a render, and the trace context that a caller sends (W3C Trace Context)."""

import re
from typing import TypedDict

from handlers.jobs.ids import number_of
from handlers.jobs.model import Job

_TRACE_BITS = 128
_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?", re.DOTALL)
_LENGTH = 55
"""Characters of version 00; what a later version adds comes after them."""


class RenderFields(TypedDict, total=False):
    """The log fields of a request that is about a render, a batch, or an asset."""

    job: str
    trace_id: str
    attempt: int
    fleet: str
    replayed: bool
    message_id: str | None
    batch: str
    asset: str


def trace_id_of(job_id: str) -> str:
    """The trace id of a render: the 128 bits of its id, so nobody can choose another's.

    An id has 130 bits. The first two belong to the time in milliseconds and are zero until the year 10889.
    """
    return f"{number_of(job_id) % (1 << _TRACE_BITS):032x}"


def traceparent_of(header: str) -> str | None:
    """The first 55 characters of a `traceparent` header; None for one that is invalid (section 3.2.2)."""
    found = _TRACEPARENT.fullmatch(header)
    if found is None:
        return None
    version, trace, span, more = found.groups()
    invalid = version == "ff" or not trace.strip("0") or not span.strip("0") or (version == "00" and more)
    return None if invalid else header[:_LENGTH]


def id_fields(job_id: str) -> RenderFields:
    """The fields of a log line about a job of which only the id is known."""
    return RenderFields(job=job_id, trace_id=trace_id_of(job_id))


def log_fields(job: Job) -> dict[str, str | int]:
    """The fields of every log line about a job."""
    return {"job": job.id, "trace_id": job.trace_id, "attempt": job.attempt, "fleet": job.fleet}
