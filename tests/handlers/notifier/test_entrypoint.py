"""The function as Lambda calls it: real table, queue and parameters of moto, a real receiver on a socket."""

import json
import logging
import socket
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

import pytest
from standardwebhooks import Webhook

from handlers.jobs.errors import TryAgainLater
from handlers.jobs.messages.webhooks import WebhookMessage, Webhooks
from handlers.jobs.model import Failure, Job
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import JobState
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.customers.usage_days import Totals, UsageDays
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from handlers.notifier import entrypoint
from handlers.notifier.aws import DeliveryLog
from handlers.notifier.ports import Entry, Standing
from handlers.notifier.sending import HttpSender
from tests.handlers.notifier.conftest import LIMIT, SECRET, Cloud

if TYPE_CHECKING:
    from tests.handlers.notifier.conftest import Receiver


def test_the_end_of_a_job_reaches_its_customer_signed(cloud: Cloud, receiver: "Receiver") -> None:
    before, after = cloud.ended(webhook_url=receiver.url)
    assert cloud.stream(cloud.change(before, after)) == []
    assert cloud.deliver(*cloud.receive()) == []
    headers, body = receiver.got[0]
    told = Webhook(SECRET).verify(body, dict(headers))
    assert told["type"] == "render.cancelled"
    assert told["data"] == {
        "id": after.id,
        "state": "cancelled",
        "attempt": 1,
        "trace_id": after.trace_id,
    }
    assert [item["status"] for item in cloud.log(after)] == ["delivered", "delivered"]
    assert {item["expires_at"] for item in cloud.log(after)} == {after.expires_at}
    assert cloud.receive() == []


def test_a_stream_record_that_comes_twice_gives_one_message(cloud: Cloud, receiver: "Receiver") -> None:
    change = cloud.change(*cloud.ended(webhook_url=receiver.url))
    cloud.stream(change)
    cloud.stream(change, change)
    assert len(cloud.receive()) == 1


def test_every_end_counts_once_in_the_usage_of_its_tenant_with_a_webhook_or_without(
    cloud: Cloud, receiver: "Receiver"
) -> None:
    changes = [cloud.change(*cloud.ended(webhook_url=url)) for url in (receiver.url, None)]
    for _ in range(2):
        assert cloud.stream(*changes) == []
    (found,) = CustomerJobs(cloud.table).usage("acme", date(2023, 11, 14), date(2023, 11, 14))
    assert found.totals == Totals(cancelled=2)
    assert len(cloud.receive()) == 1


def test_an_end_that_cannot_be_counted_is_told_and_comes_again(
    cloud: Cloud, receiver: "Receiver", monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object, **__: object) -> bool:
        raise TryAgainLater("usage")

    change = cloud.change(*cloud.ended(webhook_url=receiver.url))
    with monkeypatch.context() as patch:
        patch.setattr(UsageDays, "count", busy)
        with pytest.raises(TryAgainLater):
            cloud.stream(change)
    assert len(cloud.receive()) == 1, "what cannot be counted holds up no webhook"
    assert cloud.stream(change) == []
    assert cloud.receive() == []


def test_a_stream_that_is_read_again_from_its_beginning_gives_no_message_once_more(
    cloud: Cloud, receiver: "Receiver"
) -> None:
    """A new mapping begins at the oldest record: of the last day most webhooks are delivered already."""
    ends = [cloud.ended(webhook_url=receiver.url) for _ in range(3)]
    stream = [cloud.change(before, after, number) for number, (before, after) in enumerate(ends)]
    assert cloud.stream(*stream[:2]) == []
    assert cloud.deliver(*cloud.receive()) == []
    assert cloud.stream(*stream) == []
    assert [json.loads(one["Body"])["job"] for one in cloud.receive()] == [ends[2][1].id]


def test_the_second_end_of_a_redriven_job_is_told_once_more_under_an_id_of_its_own(
    cloud: Cloud, receiver: "Receiver"
) -> None:
    before, first = cloud.ended(webhook_url=receiver.url)
    told = cloud.change(before, first)
    cloud.stream(told)
    cloud.deliver(*cloud.receive())
    second = replace(first, state=JobState.SUCCEEDED, attempt=2)
    cloud.become(second)
    ended = cloud.change(replace(second, state=JobState.RENDERING), second)
    cloud.stream(ended)
    cloud.stream(told, ended)
    (message,) = cloud.receive()
    assert cloud.deliver(message) == []
    assert cloud.deliver(message) == []
    bodies = [json.loads(body) for _, body in receiver.got]
    assert [body["type"] for body in bodies] == ["render.cancelled", "render.succeeded"]
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 2
    assert [item["status"] for item in cloud.log(second)] == ["delivered"] * 3


def test_an_end_that_was_never_told_does_not_silence_the_next_one(cloud: Cloud, receiver: "Receiver") -> None:
    """The job was redriven before the webhook about its failure went out."""
    before, first = cloud.ended(webhook_url=receiver.url)
    cloud.stream(cloud.change(before, first))
    cloud.become(replace(first, state=JobState.QUEUED, attempt=2))
    assert cloud.deliver(*cloud.receive()) == []
    assert receiver.got == []
    second = replace(first, state=JobState.SUCCEEDED, attempt=2)
    cloud.become(second)
    cloud.stream(cloud.change(replace(second, state=JobState.RENDERING), second))
    cloud.deliver(*cloud.receive())
    assert [json.loads(body)["type"] for _, body in receiver.got] == ["render.succeeded"]


def test_changes_that_end_nothing_give_no_message(cloud: Cloud, receiver: "Receiver") -> None:
    before, after = cloud.ended(webhook_url=receiver.url)
    quiet_before, quiet_after = cloud.ended()
    worker = {
        "eventSource": "aws:dynamodb",
        "dynamodb": {"SequenceNumber": "9", "NewImage": {"entity": {"S": "WORKER"}}},
    }
    gone = {"eventSource": "aws:dynamodb", "dynamodb": {"SequenceNumber": "10"}}
    cloud.stream(
        cloud.change(after, after),
        cloud.change(before, before),
        cloud.change(quiet_before, quiet_after),
        worker,
        gone,
    )
    assert cloud.receive() == []


def test_a_message_that_comes_twice_is_delivered_once(cloud: Cloud, receiver: "Receiver") -> None:
    before, after = cloud.ended(webhook_url=receiver.url)
    cloud.stream(cloud.change(before, after))
    (message,) = cloud.receive()
    cloud.deliver(message)
    assert cloud.deliver(message) == []
    assert len(receiver.got) == 1


def test_a_failed_delivery_comes_back_later_and_later_until_the_limit(
    cloud: Cloud, receiver: "Receiver", monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[int] = []
    receiver.status = 500
    before, after = cloud.ended(webhook_url=receiver.url)
    cloud.stream(cloud.change(before, after))
    queue = entrypoint._deployed()[1].queue
    postpone = queue.postpone

    def at_once(receipt: str, seconds: int) -> None:
        waits.append(seconds)
        postpone(receipt, 0)

    monkeypatch.setattr(queue, "postpone", at_once)
    for _ in range(LIMIT + 1):
        (message,) = cloud.receive()
        assert cloud.deliver(message) == [message["MessageId"]]
    assert len(receiver.got) == LIMIT, "after the limit it only waits for its dead-letter queue"
    assert waits[0] in range(7, 11)
    assert waits[1] in range(30, 41)
    assert waits[2:] == [0, 0]
    assert [item["status"] for item in cloud.log(after)] == ["failed"] * (LIMIT + 1)
    assert cloud.log(after)[0]["attempts"] == LIMIT
    assert cloud.log(after)[1]["error"] == "answered 500"
    ids = {headers["webhook-id"] for headers, _ in receiver.got}
    assert len(ids) == 1, "a receiver must recognize a repeat"


def test_a_failed_message_is_hidden_for_its_wait(cloud: Cloud, receiver: "Receiver") -> None:
    receiver.status = 503
    cloud.stream(cloud.change(*cloud.ended(webhook_url=receiver.url)))
    cloud.deliver(*cloud.receive())
    assert cloud.receive() == []


def test_one_bad_receiver_does_not_hold_up_the_others(cloud: Cloud, receiver: "Receiver") -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        closed = f"http://localhost:{free.getsockname()[1]}/"
    bad = cloud.ended(webhook_url=closed)
    good = cloud.ended(webhook_url=receiver.url)
    cloud.stream(cloud.change(*bad, number=1), cloud.change(*good, number=2))
    messages = cloud.receive()
    assert len(messages) == 2
    failed = cloud.deliver(*messages)
    assert len(failed) == 1
    assert len(receiver.got) == 1
    assert cloud.log(bad[1])[0]["error"] == "connection refused"


def test_a_receiver_that_drips_its_answer_gets_a_record_and_rings_no_alarm(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, notifier = entrypoint._deployed()
    hurried = replace(notifier, sender=HttpSender(connect_seconds=0.3, total_seconds=0.3))
    monkeypatch.setattr(entrypoint, "_deployed", cache(lambda: (settings, hurried)))
    ended = threading.Event()

    def drip(listener: socket.socket) -> None:
        line, _ = listener.accept()
        with closing(line), suppress(OSError):
            while not ended.wait(0.02):
                line.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        before, after = cloud.ended(webhook_url=f"http://localhost:{listener.getsockname()[1]}/")
        cloud.stream(cloud.change(before, after))
        (message,) = cloud.receive()
        assert cloud.deliver(message) == [message["MessageId"]]
        ended.set()
        thread.join()
    assert [item.get("error") for item in cloud.log(after)] == ["timed out", "timed out"]


def test_two_deliveries_at_once_leave_a_record_each(cloud: Cloud) -> None:
    """The job's webhook lay on the queue twice."""
    _, after = cloud.ended(webhook_url="https://hooks.example.com")
    log, seen = DeliveryLog(cloud.table), Standing(ended_with=after.attempt)
    for error in ("answered 500", "timed out"):
        entry = Entry(at=cloud.clock(), webhook_id="msg_1", delivered=False, error=error)
        log.record(after, WebhookMessage(job_id=after.id), seen, entry)
    assert [item["error"] for item in cloud.log(after)] == ["timed out", "answered 500", "timed out"]


def test_a_change_that_is_told_once_more_after_the_sweeper_queued_its_webhook_queues_none(
    cloud: Cloud, receiver: "Receiver"
) -> None:
    before, after = cloud.ended(webhook_url=receiver.url)
    Webhooks(cloud.sqs, cloud.table, cloud.url).queue(after, now=cloud.clock())
    cloud.stream(cloud.change(before, after))
    assert len(cloud.receive()) == 1


def test_a_receiver_that_is_gone_is_not_asked_again(cloud: Cloud, receiver: "Receiver") -> None:
    receiver.status = 410
    cloud.stream(cloud.change(*cloud.ended(webhook_url=receiver.url)))
    assert cloud.deliver(*cloud.receive()) == []


def test_a_redirect_is_a_failure(cloud: Cloud, receiver: "Receiver") -> None:
    receiver.status, receiver.headers = 307, {"Location": "http://169.254.169.254/"}
    before, after = cloud.ended(webhook_url=receiver.url)
    cloud.stream(cloud.change(before, after))
    cloud.deliver(*cloud.receive())
    assert cloud.log(after)[0]["error"] == "answered 307"


def test_a_private_address_is_not_spoken_to_when_only_public_ones_are_allowed(
    cloud: Cloud, receiver: "Receiver", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIPIT_WEBHOOK_TARGETS", "public")
    before, after = cloud.ended(webhook_url=receiver.url)
    cloud.stream(cloud.change(before, after))
    cloud.deliver(*cloud.receive())
    assert receiver.got == []
    assert "must begin with https://" in str(cloud.log(after)[0]["error"])


def test_a_tenant_without_secret_gets_nothing_unsigned(cloud: Cloud, receiver: "Receiver") -> None:
    before, after = cloud.ended(webhook_url=receiver.url, tenant="other")
    cloud.stream(cloud.change(before, after))
    cloud.deliver(*cloud.receive())
    assert receiver.got == []
    assert cloud.log(after)[0]["error"] == "the tenant has no webhook secret"


def test_neither_secret_nor_address_nor_answer_is_logged(
    cloud: Cloud, receiver: "Receiver", capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    cloud.stream(cloud.change(*cloud.ended(webhook_url=receiver.url)))
    cloud.deliver(*cloud.receive())
    said = capsys.readouterr().out + str([vars(record) for record in caplog.records])
    assert "webhook_delivered" in said
    assert '"WebhookDeliverySeconds"' in said
    assert not [
        word for word in (SECRET, "for=acme", "secrets of the receiver") if word in said + caplog.text
    ]


def test_every_line_about_a_webhook_has_the_trace_of_its_job(
    cloud: Cloud, receiver: "Receiver", caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    before, after = cloud.ended(webhook_url=receiver.url)
    cloud.stream(cloud.change(before, after))
    (message,) = cloud.receive()
    receiver.status = 500
    cloud.deliver(message)
    receiver.status = 200
    cloud.deliver(message)
    cloud.deliver(message)
    lines = [vars(record) for record in caplog.records if record.message.startswith("webhook_")]
    assert [line["message"].removeprefix("webhook_") for line in lines] == [
        "queued",
        "failed",
        "delivered",
        "dropped",
    ]
    names = ("job", "trace_id", "attempt", "fleet", "host")
    assert {tuple(line[name] for name in names) for line in lines} == {
        (after.id, after.trace_id, 1, "cpu", "localhost")
    }
    tried = [(line["status"], line["message_id"] == message["MessageId"]) for line in lines[1:]]
    assert tried == [(500, True), (200, True), (None, True)]


def test_a_job_that_is_gone_is_dropped(cloud: Cloud) -> None:
    body = json.dumps({"job": "r_" + "0" * 26})
    cloud.sqs.send_message(QueueUrl=cloud.url, MessageBody=body)
    assert cloud.deliver(*cloud.receive()) == []


def test_a_mistake_names_its_record_as_the_dead_letter_will(
    cloud: Cloud, caplog: pytest.LogCaptureFixture
) -> None:
    cloud.sqs.send_message(QueueUrl=cloud.url, MessageBody="[]")
    (message,) = cloud.receive()
    with pytest.raises(ValueError, match="job"):
        cloud.deliver(message)
    before, after = cloud.ended(webhook_url="https://receiver.example")
    broken = cloud.change(before, after, number=7)
    broken["dynamodb"]["NewImage"]["state"] = {"S": "no such state"}  # type: ignore[index]
    assert cloud.stream(broken) == []
    told = [(record.message, vars(record)["record"]) for record in caplog.records if "record" in vars(record)]
    assert told == [("notifier_failed", message["MessageId"]), ("item_unreadable", "7")]


@pytest.mark.short_form(1)
@pytest.mark.parametrize("body", ["not json", "[]", '{"job": 3}', '{"job": "../x"}'])
def test_a_message_that_says_nothing_fails_the_function_loudly(cloud: Cloud, body: str) -> None:
    cloud.sqs.send_message(QueueUrl=cloud.url, MessageBody=body)
    with pytest.raises(ValueError, match=r"job|Expecting"):
        cloud.deliver(*cloud.receive())


def test_an_unknown_caller_is_refused(cloud: Cloud) -> None:
    for event in ({"Records": [{"eventSource": "aws:s3"}]}, {}, {"Records": []}):
        with pytest.raises(entrypoint.UnknownEventError):
            entrypoint.handler(event, None)  # type: ignore[arg-type]


def test_a_failed_render_tells_why(
    cloud: Cloud, receiver: "Receiver", new_worker: Callable[[str], object]
) -> None:
    job = cloud.new_job(webhook_url=receiver.url)
    new_worker("i-1")
    claim = Claim(job_id=job.id, attempt=1, instance_id="i-1")
    claims = WorkerJobs(cloud.table)
    before = claims.claim(claim, now=cloud.clock(), lease_seconds=60)
    failure = Failure(code=FailureCode.ASSET_MISSING, detail="asset a_1")
    after = claims.fail(claim, failure, attempt_limit=3, now=cloud.clock())
    assert isinstance(before, Job)
    assert isinstance(after, Job)
    cloud.stream(cloud.change(before, after))
    cloud.deliver(*cloud.receive())
    data = json.loads(receiver.got[0][1])["data"]
    assert data["failure"] == {"code": "asset_missing", "detail": "asset a_1"}
