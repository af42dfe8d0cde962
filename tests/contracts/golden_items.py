"""The items of a release as its code writes them: `python -m tests.contracts.golden_items` writes today's.

A release's file stays as it is: its items lie in deployed tables, and its code runs beside the next release
until the last agent has been replaced.
"""

import json
from dataclasses import replace
from pathlib import Path

from handlers.jobs.model import Failure, Job, JobEvent, Output, Priority, Worker, WorkerState
from handlers.jobs.outputs import OutputOptions, Quality, VideoFormat
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import EventKind, JobState
from handlers.jobs.store.attributes import Item
from handlers.jobs.store.items import event_to_item, job_to_item, worker_to_item

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).with_name("golden")
FORMAT = ROOT / "handlers" / "jobs" / "store" / "table_format.json"
EXPIRES = 2_000_000_000
"""Seconds since the epoch; so that no item has expired when it is read."""

QUEUED = Job(
    id="r_01hf7yat00z3ghvhxwt0jccfah",
    tenant="acme",
    fleet="cpu",
    state=JobState.QUEUED,
    attempt=1,
    created_at=1_000.5,
    updated_at=1_000.5,
    enqueued_at=1_000.5,
    expires_at=EXPIRES,
    composition_key="compositions/acme/r_01hf7yat00z3ghvhxwt0jccfah.json",
    trace_id="0" * 32,
    event_count=1,
    template="title-card",
    batch="b_01hf7yat00z3ghvhxwt0jccf",
    webhook_url="https://hooks.example.com",
    metadata={"order": "1042"},
    output_options=OutputOptions(format=VideoFormat.WEBM, quality=Quality.HIGH, poster_at_s=1.5),
    rendering_limit=20,
    composition_is_large=True,
)
RENDERING = replace(
    QUEUED,
    state=JobState.RENDERING,
    dispatched_at=1_001.0,
    lease_owner="i-1",
    lease_expires_at=1_070.0,
    started_at=1_010.0,
    interruptions=1,
    forgiven=1,
    event_count=2,
)
SUCCEEDED = replace(
    RENDERING,
    state=JobState.SUCCEEDED,
    lease_owner=None,
    lease_expires_at=None,
    finished_at=1_050.0,
    output_key="outputs/acme/r_01hf7yat00z3ghvhxwt0jccfah/1/video.webm",
    output=Output(duration=8.0, width=1280, height=720, bytes=1000),
    announced_at=1_051.0,
    event_count=3,
)
FAILED = replace(
    RENDERING,
    state=JobState.FAILED,
    lease_owner=None,
    lease_expires_at=None,
    finished_at=1_050.0,
    failure=Failure(code=FailureCode.ENGINE_CRASHED, detail="code 1"),
    dead_letter_at=1_051.0,
    cancel_requested=True,
    priority=Priority.BULK,
    caller_traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    event_count=3,
)
JOBS = {"queued": QUEUED, "rendering": RENDERING, "succeeded": SUCCEEDED, "failed": FAILED}
EVENT = JobEvent(
    job_id=QUEUED.id,
    number=1,
    at=1_000.5,
    actor="api:acme",
    kind=EventKind.SUBMITTED,
    detail="for fleet cpu",
    trace_id="0" * 32,
)
WORKERS = {
    "idle": Worker(
        instance_id="i-1",
        fleet="cpu",
        state=WorkerState.IDLE,
        heartbeat_at=1_000.0,
        registered_at=900.0,
        idle_since=950.0,
    ),
    "busy": Worker(
        instance_id="i-2",
        fleet="cpu",
        state=WorkerState.BUSY,
        heartbeat_at=1_000.0,
        registered_at=900.0,
        job_id=QUEUED.id,
        attempt=1,
        agent_version="ab" * 32,
    ),
}


def version() -> int:
    """The version of the items that today's code writes."""
    return int(json.loads(FORMAT.read_text())["version"])


def of_today() -> dict[str, Item]:
    """Each kind of item as today's code writes it."""
    return {
        **{f"job {name}": job_to_item(job) for name, job in JOBS.items()},
        **{f"worker {name}": worker_to_item(worker, EXPIRES) for name, worker in WORKERS.items()},
        "event": event_to_item(EVENT, EXPIRES),
    }


def main() -> None:
    """Write the file of today's version."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{version()}.json"
    path.write_text(json.dumps(of_today(), indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
