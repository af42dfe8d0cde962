"""The text of a webhook, when it is sent, and the backoff between two tries. Pure."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from handlers.jobs.model import Job
from handlers.jobs.states import JobState

FIRST_BACKOFF_SECONDS = 10
BACKOFF_FACTOR = 4
LONGEST_BACKOFF_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """One message to a customer; an end of a job always gives the same one, so receivers know repeats."""

    id: str
    url: str
    tenant: str
    body: str
    trace_id: str


def announces(before: Job | None, after: Job) -> bool:
    """Whether this change is the end of a job somebody wants to hear about."""
    ended_before = before is not None and before.state.terminal
    return after.webhook_url is not None and after.state.terminal and not ended_before


def webhook_for(job: Job) -> Webhook | None:
    """The message about a job that has ended; None when there is nothing to say or nobody to hear it."""
    if job.webhook_url is None or not job.state.terminal:
        return None
    data: dict[str, object] = {
        "id": job.id,
        "state": job.state.value,
        "attempt": job.attempt,
        "trace_id": job.trace_id,
    }
    if job.failure and job.state is JobState.FAILED:
        data["failure"] = {"code": job.failure.code.value, "detail": job.failure.detail}
    ended = datetime.fromtimestamp(job.finished_at or job.updated_at, tz=UTC)
    body = {
        "type": f"render.{job.state.value}",
        "timestamp": ended.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": data,
    }
    return Webhook(
        id=f"msg_{job.id}_{job.attempt}",
        url=job.webhook_url,
        tenant=job.tenant,
        body=json.dumps(body, separators=(",", ":")),
        trace_id=job.trace_id,
    )


def backoff_seconds(tries: int, chance: float) -> int:
    """The backoff after so many tries; `chance` from 0 to 1 spreads receivers that failed together."""
    full = min(LONGEST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * float(BACKOFF_FACTOR) ** (min(tries, 10) - 1))
    return round(full * (0.75 + chance / 4))
