"""What is said about a job, when, and how long to wait before saying it again."""

import json
from dataclasses import replace

import pytest

from handlers.jobs.model import Failure, Job
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import JobState
from handlers.jobs.store.webhook_addresses import WebhookAddress
from handlers.notifier.webhook import announces, webhook_for

JOB = Job(
    id="r_01h00000000000000000000000",
    tenant="acme",
    fleet="cpu",
    state=JobState.SUCCEEDED,
    attempt=2,
    created_at=1.0,
    updated_at=1_700_000_000.5,
    finished_at=1_700_000_000.5,
    expires_at=2,
    composition_key="key",
    trace_id="trace",
    event_count=3,
    webhook_url="https://hooks.example.com",
)
ADDRESS = WebhookAddress(tenant="acme", url="https://hooks.example.com")
RENDERING = replace(JOB, state=JobState.RENDERING)


@pytest.mark.parametrize("state", [JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED])
def test_every_end_is_announced_once(state: JobState) -> None:
    ended = replace(JOB, state=state)
    assert announces(RENDERING, ended)
    assert announces(None, ended)
    assert not announces(ended, replace(ended, dead_letter_at=3))


def test_nothing_else_is_announced() -> None:
    assert not announces(None, RENDERING)


def test_the_message_tells_state_attempt_and_time_of_the_end() -> None:
    webhook = webhook_for(JOB, ADDRESS)
    assert webhook.id == f"msg_{JOB.id}_{JOB.attempt}"
    assert json.loads(webhook.body) == {
        "type": "render.succeeded",
        "timestamp": "2023-11-14T22:13:20.500Z",
        "data": {"id": JOB.id, "state": "succeeded", "attempt": 2, "trace_id": "trace"},
    }


def test_the_metadata_of_the_submission_comes_along() -> None:
    webhook = webhook_for(replace(JOB, metadata={"order": "1042"}), ADDRESS)
    assert json.loads(webhook.body)["data"]["metadata"] == {"order": "1042"}


def test_a_receiver_is_told_of_the_batch_and_that_it_is_a_test() -> None:
    job = replace(JOB, tenant="test--acme", batch="b_01hf7yat00z3ghvhxwt0jccf")
    data = json.loads(webhook_for(job, ADDRESS).body)["data"]
    assert (data["batch"], data["test"]) == (job.batch, True)


def test_a_failure_carries_its_code() -> None:
    failure = Failure(code=FailureCode.TIMED_OUT, detail="after 5 s")
    webhook = webhook_for(replace(JOB, state=JobState.FAILED, failure=failure), ADDRESS)
    assert json.loads(webhook.body)["data"]["failure"] == {"code": "timed_out", "detail": "after 5 s"}


def test_the_same_job_always_gives_the_same_message() -> None:
    assert webhook_for(JOB, ADDRESS) == webhook_for(replace(JOB), ADDRESS)
