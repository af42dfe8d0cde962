"""The function as its schedule calls it: real table and queues of moto."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import boto3
import pytest

from handlers.jobs.errors import TryAgainLater
from handlers.jobs.messages.render_queue import Dispatcher, RenderMessage
from handlers.jobs.messages.webhooks import Webhooks
from handlers.jobs.model import Job
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.customers.asset_deletions import LINKS_END_SECONDS, AssetDeletion
from handlers.jobs.store.dispatch_marks import DispatchMarks
from handlers.jobs.store.table import Table, Update
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from handlers.sweeper import entrypoint
from tests.aws import REGION
from tests.handlers.conftest import Clock
from tests.handlers.sweeper.fakes import HOOK, FakeQueue
from tests.handlers.sweeper.test_settings import ENVIRONMENT


@pytest.fixture
def dead_letter_url(sqs) -> str:
    url: str = sqs.create_queue(QueueName="render-cpu-dead-letters")["QueueUrl"]
    return url


@pytest.fixture
def webhooks_url(sqs) -> str:
    url: str = sqs.create_queue(QueueName="webhooks")["QueueUrl"]
    return url


@pytest.fixture
def deployed(
    table,
    queue_url: str,
    dead_letter_url: str,
    webhooks_url: str,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    """The function's environment, with its own clock set to the test's."""
    urls = {
        "CLIPIT_QUEUE_URLS": json.dumps({"cpu": queue_url}),
        "CLIPIT_DEAD_LETTER_URLS": json.dumps({"cpu": dead_letter_url}),
        "CLIPIT_NOTIFICATION_QUEUE_URL": webhooks_url,
    }
    for name, value in {**ENVIRONMENT, **urls}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(entrypoint.time, "time", clock)
    entrypoint._deployed.cache_clear()
    yield
    entrypoint._deployed.cache_clear()


@dataclass
class Invocation:
    """The context of a call with so many seconds left."""

    seconds: float = 50

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


def sweep(seconds: float = 50) -> entrypoint.Answer:
    return entrypoint.handler({}, Invocation(seconds))  # type: ignore[arg-type]


NOTHING: entrypoint.Answer = {
    "returned": 0,
    "ended": 0,
    "sent_again": 0,
    "dead_letters": 0,
    "webhooks": 0,
    "erased": 0,
    "left": [],
}


def messages(queue_url: str, sqs) -> list[dict[str, object]]:
    found = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [json.loads(message["Body"]) for message in found.get("Messages", [])]


@pytest.mark.usefixtures("deployed")
def test_the_function_puts_right_what_lies_in_the_table_once(
    table, queue_url: str, sqs, new_job, new_worker, clock: Clock, capsys, caplog
) -> None:
    new_worker("i-1")
    silent, unsent, sent = new_job(), new_job(), new_job()
    Dispatcher(sqs).send(queue_url, RenderMessage(job_id=sent.id, attempt=1), tenant="acme")
    DispatchMarks(table).mark(sent.id, attempt=1, now=clock())
    claim = Claim(job_id=silent.id, attempt=1, instance_id="i-1")
    WorkerJobs(table).claim(claim, now=clock(), lease_seconds=60)
    clock.forward(61)
    assert sweep() == {**NOTHING, "returned": 1, "sent_again": 1}
    lying = sorted(messages(queue_url, sqs), key=lambda message: str(message["job"]))
    wanted = [(silent.id, 2), (unsent.id, 1), (sent.id, 1)]
    assert lying == [{"job": job, "attempt": attempt} for job, attempt in sorted(wanted)]
    assert sweep() == NOTHING
    assert len(messages(queue_url, sqs)) == 3
    first, _ = (vars(record) for record in caplog.records if record.message == "swept")
    assert (first["returned"], first["sent_again"], first["postponed"]) == ([silent.id], [unsent.id], [])
    repaired = [vars(record) for record in caplog.records if record.message == "job_repaired"]
    names = ("job", "trace_id", "attempt", "fleet", "repairs")
    assert sorted([line[name] for name in names] for line in repaired) == sorted(
        [
            [silent.id, silent.trace_id, 2, "cpu", ["returned"]],
            [unsent.id, unsent.trace_id, 1, "cpu", ["sent_again"]],
        ]
    )
    metric = next(json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line)
    assert (metric["LeasesExpired"], metric["MessagesSentAgain"], metric["environment"]) == (
        [1.0],
        [1.0],
        "dev",
    )


@pytest.mark.usefixtures("deployed")
def test_at_the_attempt_limit_the_function_ends_the_job_and_leaves_its_letter(
    table, new_job, new_worker, sqs, dead_letter_url: str, clock: Clock
) -> None:
    job = new_job()
    for attempt in (1, 2):
        new_worker(f"i-{attempt}")
        claim = Claim(job_id=job.id, attempt=attempt, instance_id=f"i-{attempt}")
        assert isinstance(WorkerJobs(table).claim(claim, now=clock(), lease_seconds=60), Job)
        clock.forward(61)
        answer = sweep()
    assert answer == {**NOTHING, "ended": 1, "dead_letters": 1}
    ended = CustomerJobs(table).get(job.id)
    assert ended is not None
    assert ended.state is JobState.FAILED
    kinds = [event.kind.value for event in CustomerJobs(table).events(job.id)]
    assert kinds == ["submitted", "claimed", "lease_lost", "claimed", "failed"]
    assert messages(dead_letter_url, sqs) == [{"job": job.id, "attempt": 2, "reason": "lease_lost"}]
    clock.forward(3600)
    sweep()
    assert len(messages(dead_letter_url, sqs)) == 1


@pytest.mark.usefixtures("deployed")
def test_what_could_not_be_done_fails_the_invocation(new_job, queue_url: str, clock: Clock, sqs) -> None:
    new_job()
    clock.forward(31)
    sqs.delete_queue(QueueUrl=queue_url)
    with pytest.raises(Exception, match=r"NonExistentQueue|QueueDoesNotExist"):
        sweep()


@pytest.mark.usefixtures("deployed")
def test_jobs_that_must_wait_for_the_next_sweep_fail_the_invocation_too(
    new_job, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = new_job()
    clock.forward(31)
    settings, sweeper = entrypoint._deployed()
    busy = replace(sweeper, queue=FakeQueue(full={job.id}))
    monkeypatch.setattr(entrypoint, "_deployed", cache(lambda: (settings, busy)))
    with pytest.raises(TryAgainLater, match="1 jobs could not be repaired"):
        sweep()


@pytest.mark.usefixtures("deployed")
def test_an_item_that_cannot_be_read_does_not_hold_up_the_others_and_is_told(
    new_job, queue_url: str, sqs, table, clock: Clock
) -> None:
    first, odd, last = new_job(), new_job(), new_job()
    table.update(Update(key=keys.job(odd.id), changes={"failure_code": "code_of_a_later_version"}))
    clock.forward(31)
    with pytest.raises(entrypoint.SweepIncompleteError, match="code_of_a_later_version"):
        sweep()
    assert {message["job"] for message in messages(queue_url, sqs)} == {first.id, last.id}


@pytest.mark.usefixtures("deployed")
def test_a_message_that_was_lost_after_its_mark_is_sent_again_within_a_minute_and_a_half(
    table, new_job, queue_url: str, sqs, clock: Clock
) -> None:
    job = new_job()
    DispatchMarks(table).mark(job.id, attempt=1, now=clock())
    clock.forward(90)
    assert sweep()["sent_again"] == 1
    assert messages(queue_url, sqs) == [{"job": job.id, "attempt": 1}]
    clock.forward(60)
    assert sweep()["sent_again"] == 0, "now the message is there"


@pytest.mark.usefixtures("deployed")
def test_an_end_that_the_stream_never_told_is_announced_once(
    table, new_job, sqs, webhooks_url: str, clock: Clock
) -> None:
    told, untold, quiet = new_job(webhook_url=HOOK), new_job(webhook_url=HOOK), new_job()
    for job in (told, untold, quiet):
        CustomerJobs(table).request_cancel(job.id, actor="api:acme", now=clock())
    ended = CustomerJobs(table).get(told.id)
    assert ended is not None
    Webhooks(sqs, table, webhooks_url).queue(ended, now=clock())
    sqs.purge_queue(QueueUrl=webhooks_url)
    clock.forward(29)
    assert sweep() == NOTHING
    clock.forward(1)
    assert sweep() == {**NOTHING, "webhooks": 1}
    assert messages(webhooks_url, sqs) == [{"job": untold.id}]
    clock.forward(3600)
    assert sweep() == NOTHING
    assert len(messages(webhooks_url, sqs)) == 1


@pytest.mark.usefixtures("deployed")
def test_a_sweep_with_too_little_time_left_begins_nothing_and_says_so(new_job, clock: Clock, caplog) -> None:
    new_job()
    clock.forward(31)
    answer = sweep(seconds=entrypoint.RESERVE_SECONDS - 0.1)
    assert (answer["sent_again"], len(answer["left"])) == (0, 6)
    (line,) = (vars(record) for record in caplog.records if record.message == "swept")
    assert "cpu: messages never sent" in line["left"]
    assert sweep(seconds=entrypoint.RESERVE_SECONDS)["sent_again"] == 1


@pytest.mark.usefixtures("deployed")
def test_the_function_erases_a_deleted_asset_and_again_when_no_link_is_left(
    table: Table, clock: Clock
) -> None:
    asset, s3 = "a_" + "0" * 26, boto3.client("s3", region_name=REGION)
    bucket, name = ENVIRONMENT["CLIPIT_INPUTS_BUCKET"], keys.asset_object("acme", asset)
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    deletion = AssetDeletion(asset_id=asset, tenant="acme", at=clock())
    CustomerJobs(table).delete_asset(deletion, actor="api:acme", expires_at=2_000_000_000)
    for wait in (0, LINKS_END_SECONDS):
        clock.forward(wait)
        s3.put_object(Bucket=bucket, Key=name, Body=b"png")
        assert sweep() == {**NOTHING, "erased": 1}
        assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
        assert sweep() == NOTHING
