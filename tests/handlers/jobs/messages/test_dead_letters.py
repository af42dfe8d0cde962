"""What is left behind for an operator when a job's attempts are used up."""

import json

import pytest

from handlers.jobs.messages.dead_letters import RECEIVED_TOO_OFTEN, DeadLetter, DeadLetters, decode
from handlers.jobs.messages.render_queue import BadMessageError, RenderMessage
from handlers.jobs.messages.webhooks import Webhooks
from handlers.jobs.model import Failure, Job
from handlers.jobs.reasons import FailureCode
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.overdue_jobs import OverdueJobs
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs

CRASH = Failure(code=FailureCode.ENGINE_CRASHED, detail="exit 139 at the customer's headline")
REFUSED = Failure(code=FailureCode.COMPOSITION_REFUSED, detail="no such font")


@pytest.fixture
def letters(sqs, table) -> DeadLetters:
    return DeadLetters(sqs, table)


@pytest.fixture
def failed(table, new_job, new_worker, clock):
    def fail(failure: Failure = CRASH, **fields: object) -> Job:
        new_worker("i-1")
        claim = Claim(job_id=new_job(**fields).id, attempt=1, instance_id="i-1")
        WorkerJobs(table).claim(claim, now=clock(), lease_seconds=60)
        after = WorkerJobs(table).fail(claim, failure, attempt_limit=1, now=clock())
        assert isinstance(after, Job)
        return after

    return fail


def untold(table, now: float) -> list[str]:
    return [job.id for job in OverdueJobs(table).owing("cpu", ended_before=now)]


def test_a_letter_is_the_message_and_its_reason_and_nothing_of_the_customer(
    letters, failed, queue_url, sqs, clock
) -> None:
    job = failed()
    assert letters.leave(queue_url, job, now=clock())
    (message,) = sqs.receive_message(QueueUrl=queue_url)["Messages"]
    assert json.loads(message["Body"]) == {"job": job.id, "attempt": 1, "reason": "engine_crashed"}
    assert decode(message["Body"]).message == RenderMessage(job_id=job.id, attempt=1)


def test_a_failed_job_is_found_until_its_letter_lies_there(letters, failed, table, queue_url, clock) -> None:
    job = failed()
    assert untold(table, clock() - 1) == []
    assert untold(table, clock()) == [job.id]
    letters.leave(queue_url, job, now=clock())
    assert untold(table, clock()) == []
    told = CustomerJobs(table).get(job.id)
    assert told is not None
    assert told.dead_letter_at == clock()
    assert not letters.leave(queue_url, told, now=clock())


def test_the_letter_of_a_job_whose_webhook_is_not_queued_leaves_the_job_where_it_is_found(
    letters, failed, table, queue_url, sqs, clock
) -> None:
    job = failed(webhook_url="https://hooks.example.com")
    letters.leave(queue_url, job, now=clock())
    assert untold(table, clock()) == [job.id]
    Webhooks(sqs, table, queue_url).queue(job, now=clock())
    assert untold(table, clock()) == []
    told = CustomerJobs(table).get(job.id)
    assert told is not None
    assert (told.dead_letter_at, told.announced_at) == (clock(), clock())


def test_a_job_that_would_fail_again_leaves_none(letters, failed, table, queue_url, sqs, clock) -> None:
    job = failed(REFUSED)
    assert untold(table, clock()) == []
    assert not letters.leave(queue_url, job, now=clock())
    assert not sqs.receive_message(QueueUrl=queue_url).get("Messages")


def test_a_message_that_the_queue_itself_put_aside_was_received_too_often(new_job) -> None:
    job = new_job()
    body = json.dumps({"job": job.id, "attempt": 2})
    message = RenderMessage(job_id=job.id, attempt=2)
    assert decode(body) == DeadLetter(message=message, reason=RECEIVED_TOO_OFTEN)


@pytest.mark.parametrize(
    "body",
    ["no", "[" * 100_000, "[]", '{"job": "x", "attempt": 1, "reason": "y"}', '{"job": "r", "reason": 3}'],
)
def test_what_is_no_letter_is_refused(body: str) -> None:
    with pytest.raises(BadMessageError):
        decode(body)
