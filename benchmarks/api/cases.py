"""What is sent and what there is: some tenants with a key and a queued render each."""

import json
import time
from typing import Final

from handlers.jobs.model import Job
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.tracing import trace_id_of

TENANTS: Final = 500
"""So many that none meets its rates."""
CREATED_AT: Final = round(time.time(), 3)
COMPOSITION: Final = {
    "version": 1,
    "width": 1280,
    "height": 720,
    "rate": 25,
    "scenes": [
        {"duration_s": 4, "background": "#203040", "text": {"content": f"Offer {n} of this week"}}
        for n in range(6)
    ],
}
BODY: Final = json.dumps({"composition": COMPOSITION}).encode()


def tenant_of(number: int) -> str:
    """The name of a tenant."""
    return f"tenant-{number:03d}"


def token_of(number: int) -> str:
    """The API key of a tenant."""
    return f"ck_{number:043d}"


def job_of(number: int) -> Job:
    """The render of a tenant, which waits."""
    job_id, tenant = f"r_{number:026d}", tenant_of(number)
    return Job(
        id=job_id,
        tenant=tenant,
        fleet="cpu",
        state=JobState.QUEUED,
        attempt=1,
        created_at=CREATED_AT,
        updated_at=CREATED_AT,
        enqueued_at=CREATED_AT,
        dispatched_at=CREATED_AT,
        expires_at=int(CREATED_AT) + 86_400,
        composition_key=keys.composition_object(tenant, job_id),
        trace_id=trace_id_of(job_id),
        event_count=1,
    )
