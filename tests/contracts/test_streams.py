"""Whoever reads the table's stream is watched for reading it late, and woken by what concerns it alone."""

from dataclasses import replace

import pytest

from handlers.jobs.model import Job, Worker, WorkerState
from handlers.jobs.states import JobState
from handlers.jobs.store.attributes import Item, encode_item
from handlers.jobs.store.items import job_to_item, worker_to_item
from handlers.notifier.webhook import announces
from local.lambda_service.event_filters import parse, passes

QUEUED = Job(
    id="r_" + "0" * 26,
    tenant="acme",
    fleet="cpu",
    state=JobState.QUEUED,
    attempt=1,
    created_at=1_000.0,
    updated_at=1_000.0,
    enqueued_at=1_000.0,
    expires_at=2_000_000_000,
    composition_key=f"compositions/acme/r_{'0' * 26}.json",
    trace_id="0" * 32,
    event_count=1,
)
RENDERING = replace(QUEUED, state=JobState.RENDERING, started_at=1_010.0, lease_expires_at=1_070.0)
DONE = replace(RENDERING, state=JobState.SUCCEEDED, finished_at=1_050.0)
WORKER = Worker(
    instance_id="i-1", fleet="cpu", state=WorkerState.IDLE, heartbeat_at=1_000.0, registered_at=900.0
)
ANYTHING = 2_000_000_000


@pytest.mark.parametrize("stack", ["local", "dev", "prod"])
def test_who_may_hear_twice_begins_at_the_oldest_record_and_who_counts_at_the_newest(program, stack) -> None:
    """`tests/handlers` proves which is which: a webhook is queued once, an arrival is counted each time."""
    begins = {
        one.name.rpartition("-")[2]: one.inputs["startingPosition"]
        for one in program(stack).of("aws:lambda/eventSourceMapping:EventSourceMapping")
        if "startingPosition" in one.inputs
    }
    assert begins == {"notifier": "TRIM_HORIZON", "scaler": "LATEST"}


def record(before: Item | None, after: Item | None) -> dict[str, object]:
    kind = "INSERT" if before is None else "MODIFY" if after is not None else "REMOVE"
    images = {"OldImage": before, "NewImage": after}
    return {
        "eventName": kind,
        "dynamodb": {name: encode_item(item) for name, item in images.items() if item is not None},
    }


HOOK = "https://hooks.example.com"


@pytest.mark.parametrize("webhook_url", [HOOK, None], ids=["webhook", "no webhook"])
@pytest.mark.parametrize("before", [None, *JobState])
@pytest.mark.parametrize("after", JobState)
def test_the_notifier_is_woken_by_every_end_of_a_job_and_by_nothing_else(
    program, before: JobState | None, after: JobState, webhook_url: str | None
) -> None:
    (mapping,) = [
        one
        for one in program("prod").of("aws:lambda/eventSourceMapping:EventSourceMapping")
        if one.name == "notifier"
    ]
    patterns = [one["pattern"] for one in mapping.inputs["filterCriteria"]["filters"]]
    job = replace(QUEUED, webhook_url=webhook_url, finished_at=1_050.0)
    old, new = before and replace(job, state=before), replace(job, state=after)
    told = record(old and job_to_item(old), job_to_item(new))
    # A job is written before it can end.
    wakes = passes(told, parse(patterns))
    assert wakes is (old is not None and announces(old, new))


@pytest.mark.parametrize(
    ("before", "after", "wakes"),
    [
        pytest.param(None, job_to_item(QUEUED), True, id="a job arrives"),
        pytest.param(job_to_item(QUEUED), job_to_item(RENDERING), True, id="it starts"),
        pytest.param(job_to_item(RENDERING), job_to_item(DONE), True, id="it is done"),
        pytest.param(job_to_item(RENDERING), job_to_item(QUEUED), True, id="it waits again"),
        pytest.param(
            job_to_item(RENDERING),
            job_to_item(replace(RENDERING, lease_expires_at=1_130.0)),
            False,
            id="its lease is renewed",
        ),
        pytest.param(None, job_to_item(replace(QUEUED, fleet="gpu")), False, id="another fleet's job"),
        pytest.param(job_to_item(QUEUED), None, False, id="an old job is dropped"),
        pytest.param(
            worker_to_item(WORKER, ANYTHING),
            worker_to_item(replace(WORKER, heartbeat_at=1_010.0), ANYTHING),
            False,
            id="a heartbeat",
        ),
        pytest.param(
            worker_to_item(WORKER, ANYTHING),
            worker_to_item(replace(WORKER, state=WorkerState.DRAINING), ANYTHING),
            False,
            id="its own mark on a worker",
        ),
        pytest.param(
            None,
            {"pk": "JOB#r_1", "sk": "PROGRESS", "entity": "PROGRESS", "percent": 1},
            False,
            id="progress",
        ),
        pytest.param(
            None, {"pk": "SCALER#cpu", "entity": "SCALER", "fleet": "cpu"}, False, id="its own record"
        ),
    ],
)
def test_a_scaler_is_woken_by_its_jobs_and_not_by_heartbeats_or_itself(
    program, before: Item | None, after: Item | None, wakes: bool
) -> None:
    (mapping,) = [
        one
        for one in program("prod").of("aws:lambda/eventSourceMapping:EventSourceMapping")
        if one.name == "cpu-scaler"
    ]
    patterns = [one["pattern"] for one in mapping.inputs["filterCriteria"]["filters"]]
    assert passes(record(before, after), parse(patterns)) is wakes
