"""The text of a webhook, and which change of a job sends one. Pure; retries are in retry_schedule.py."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from handlers.jobs.model import Job
from handlers.jobs.outgoing.webhook_events import TEST_EVENT, event_of
from handlers.jobs.outgoing.webhook_secrets import secret_of_endpoint
from handlers.jobs.states import JobState
from handlers.jobs.store.customers.webhook_endpoints import WebhookEndpoint
from handlers.jobs.store.webhook_addresses import WebhookAddress
from handlers.jobs.tenants.spaces import is_test


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """One message to a customer; the same end of a job always gives the same message and id.

    `secrets` are the names of the parameters whose secrets sign it.
    """

    id: str
    url: str
    tenant: str
    secrets: tuple[str, ...]
    body: str


def announces(before: Job | None, after: Job) -> bool:
    """Whether this change is the end of a job."""
    ended_before = before is not None and before.state.terminal
    return after.state.terminal and not ended_before


def webhook_for(job: Job, address: WebhookAddress) -> Webhook:
    """The message about a job that has ended, to where it was submitted."""
    return Webhook(
        id=f"msg_{job.id}_{job.attempt}",
        url=address.url,
        tenant=address.tenant,
        secrets=(address.tenant,),
        body=_about(job),
    )


def webhook_to(endpoint: WebhookEndpoint, job: Job, *, now: float) -> Webhook:
    """The message about a job that has ended, to an endpoint of its tenant."""
    return Webhook(
        id=f"msg_{job.id}_{job.attempt}_{endpoint.id}",
        url=endpoint.url,
        tenant=job.tenant,
        secrets=_secrets(job.tenant, endpoint, now),
        body=_about(job),
    )


def test_of(endpoint: WebhookEndpoint, *, tenant: str, test: str, now: float) -> Webhook:
    """The message that a customer tests its receiver with."""
    return Webhook(
        id=f"msg_{test}",
        url=endpoint.url,
        tenant=tenant,
        secrets=_secrets(tenant, endpoint, now),
        body=_body(TEST_EVENT, now, {"endpoint": endpoint.id}),
    )


def _secrets(tenant: str, endpoint: WebhookEndpoint, now: float) -> tuple[str, ...]:
    return tuple(secret_of_endpoint(tenant, endpoint.id, number) for number in endpoint.secrets(now))


def _about(job: Job) -> str:
    data: dict[str, object] = {
        "id": job.id,
        "state": job.state.value,
        "attempt": job.attempt,
        "trace_id": job.trace_id,
    }
    if job.batch:
        data["batch"] = job.batch
    if is_test(job.tenant):
        data["test"] = True
    if job.metadata:
        data["metadata"] = dict(job.metadata)
    if job.failure and job.state is JobState.FAILED:
        data["failure"] = {"code": job.failure.code.value, "detail": job.failure.detail}
    return _body(event_of(job), job.finished_at or job.updated_at, data)


def _body(kind: str, at: float, data: dict[str, object]) -> str:
    stamp = datetime.fromtimestamp(at, tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"type": kind, "timestamp": stamp, "data": data}, separators=(",", ":"))
