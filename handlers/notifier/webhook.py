"""The text of a webhook, and which change of a job sends one. Pure; retries are in retry_schedule.py."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from handlers.jobs.model import Job
from handlers.jobs.states import JobState
from handlers.jobs.store.webhook_addresses import WebhookAddress


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """One message to a customer; the same end of a job always gives the same message and id."""

    id: str
    url: str
    tenant: str
    body: str


def announces(before: Job | None, after: Job) -> bool:
    """Whether this change is the end of a job that has a webhook."""
    return after.webhook_url is not None and ends(before, after)


def ends(before: Job | None, after: Job) -> bool:
    """Whether this change is the end of a job."""
    return after.state.terminal and not (before is not None and before.state.terminal)


def webhook_for(job: Job, address: WebhookAddress) -> Webhook:
    """The message about a job that has ended, to where it was submitted."""
    data: dict[str, object] = {
        "id": job.id,
        "state": job.state.value,
        "attempt": job.attempt,
        "trace_id": job.trace_id,
    }
    if job.metadata:
        data["metadata"] = dict(job.metadata)
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
        url=address.url,
        tenant=address.tenant,
        body=json.dumps(body, separators=(",", ":")),
    )
