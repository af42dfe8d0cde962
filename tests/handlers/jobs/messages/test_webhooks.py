"""The message that has a webhook delivered, and the mark that says it was sent."""

import json

import pytest

from handlers.jobs.messages.render_queue import BadMessageError
from handlers.jobs.messages.webhooks import WebhookMessage, Webhooks, decode, encode
from handlers.jobs.model import Failure, Job
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import JobState
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.failed_jobs import FailedJobs
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from tests.handlers.conftest import Clock, NewJob

JOB = "r_" + "0" * 26


@pytest.fixture
def ended(table, new_job: NewJob, clock: Clock) -> Job:
    job = new_job(webhook_url="https://hooks.example.com")
    after = CustomerJobs(table).request_cancel(job.id, actor="api:acme", now=clock())
    assert isinstance(after, Job)
    return after


def bodies(sqs, queue_url: str) -> list[dict[str, object]]:
    found = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [json.loads(message["Body"]) for message in found.get("Messages", [])]


def test_a_webhook_is_queued_once_and_the_job_says_when(table, sqs, queue_url, ended: Job, clock) -> None:
    webhooks = Webhooks(sqs, table, queue_url)
    assert webhooks.queue(ended, now=clock.forward(1))
    stored = CustomerJobs(table).get(ended.id)
    assert stored is not None
    assert stored.announced_at == clock()
    assert not webhooks.queue(stored, now=clock.forward(1))
    assert bodies(sqs, queue_url) == [{"job": ended.id}]


def test_of_two_who_queue_it_the_first_one_says_when(table, sqs, queue_url, ended: Job, clock) -> None:
    """The stream's record and the sweeper's look are older than the other's mark."""
    webhooks = Webhooks(sqs, table, queue_url)
    webhooks.queue(ended, now=clock.forward(1))
    webhooks.queue(ended, now=clock.forward(1))
    stored = CustomerJobs(table).get(ended.id)
    assert stored is not None
    assert stored.announced_at == clock() - 1


def test_an_end_that_was_followed_by_another_attempt_leaves_no_mark_on_it(
    table, sqs, queue_url, new_job: NewJob, new_worker, clock
) -> None:
    """Otherwise the next end would count as told."""
    new_worker("i-1")
    claim = Claim(job_id=new_job(webhook_url="https://hooks.example.com").id, attempt=1, instance_id="i-1")
    WorkerJobs(table).claim(claim, now=clock(), lease_seconds=60)
    crash = Failure(code=FailureCode.ENGINE_CRASHED, detail="exit 139")
    failed = WorkerJobs(table).fail(claim, crash, attempt_limit=1, now=clock())
    assert isinstance(failed, Job)
    FailedJobs(table).redrive(failed.id, actor="operator:x", now=clock(), force=False)
    Webhooks(sqs, table, queue_url).queue(failed, now=clock())
    stored = CustomerJobs(table).get(failed.id)
    assert stored is not None
    assert (stored.state, stored.announced_at) == (JobState.QUEUED, None)


@pytest.mark.parametrize("redelivery", [None, "d_" + "0" * 26])
def test_a_body_names_the_job_and_is_read_back(redelivery: str | None) -> None:
    message = WebhookMessage(job_id=JOB, redelivery=redelivery)
    assert decode(encode(message)) == message


@pytest.mark.parametrize("body", ["", "not json", "[" * 100_000, "[]", "{}", '{"job": 3}', '{"job": "../x"}'])
def test_what_names_no_job_is_refused(body: str) -> None:
    with pytest.raises(BadMessageError):
        decode(body)


def test_a_redelivery_without_an_id_is_refused() -> None:
    with pytest.raises(BadMessageError):
        decode(json.dumps({"job": JOB, "redelivery": "../x"}))
