"""A webhook that its customer asked for again: the same message, tries of its own."""

import time
from typing import TYPE_CHECKING

import pytest

from handlers.jobs.model import Job
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import encode_item
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.customers.delivery_requests import VALID_SECONDS, DeliveryRequest
from handlers.jobs.store.table import PRESENT
from tests.handlers.notifier.conftest import LIMIT, Cloud

if TYPE_CHECKING:
    from tests.handlers.notifier.conftest import Receiver

FIRST, SECOND = "d_" + "0" * 26, "d_" + "1" * 26


def told(cloud: Cloud, url: str) -> Job:
    """A job whose webhook was delivered, or tried once."""
    before, after = cloud.ended(webhook_url=url)
    cloud.stream(cloud.change(before, after))
    cloud.deliver(*cloud.receive())
    return after


def ask(cloud: Cloud, job: Job, redelivery: str = FIRST, tenant: str = "acme") -> None:
    """The customer asks, and the stream tells of it, twice as it may."""
    request = DeliveryRequest(id=redelivery, tenant=tenant, about=job.id, at=time.time(), place=redelivery)
    assert CustomerJobs(cloud.table).request_delivery(request) == redelivery
    assert cloud.stream(*[record_of(cloud, job, redelivery)] * 2) == []


def record_of(cloud: Cloud, job: Job, redelivery: str) -> dict[str, object]:
    item = cloud.table.get(keys.delivery_request(job.id, redelivery))
    assert item is not None
    change = {"SequenceNumber": "9", "NewImage": encode_item(item)}
    return {"eventSource": "aws:dynamodb", "eventName": "INSERT", "dynamodb": change}


def log(cloud: Cloud, job: Job) -> list[tuple[bool, str | None]]:
    return [(one.delivered, one.redelivery) for one in CustomerJobs(cloud.table).deliveries(job.id)]


def test_the_same_message_comes_once_more_under_its_id(cloud: Cloud, receiver: "Receiver") -> None:
    job = told(cloud, receiver.url)
    ask(cloud, job)
    assert cloud.deliver(*cloud.receive()) == []
    (first, told_first), (again, told_again) = receiver.got
    assert first["webhook-id"] == again["webhook-id"] == f"msg_{job.id}_1"
    assert told_first == told_again
    assert log(cloud, job) == [(True, None), (True, FIRST)]


def test_a_redelivery_that_arrived_is_not_repeated_and_the_next_one_is_made(
    cloud: Cloud, receiver: "Receiver"
) -> None:
    job = told(cloud, receiver.url)
    ask(cloud, job)
    (message,) = cloud.receive()
    assert cloud.deliver(message) == []
    assert cloud.deliver(message) == []
    ask(cloud, job, SECOND)
    assert cloud.deliver(*cloud.receive()) == []
    assert log(cloud, job) == [(True, None), (True, FIRST), (True, SECOND)]
    attempts = CustomerJobs(cloud.table).deliveries(job.id)
    assert [one.number for one in attempts] == [1, 2, 3]
    assert {one.webhook_id for one in attempts} == {f"msg_{job.id}_1"}


def test_a_redelivery_has_tries_of_its_own(cloud: Cloud, receiver: "Receiver") -> None:
    job = told(cloud, receiver.url)
    receiver.status = 500
    ask(cloud, job)
    (message,) = cloud.receive()
    for tries in range(1, LIMIT + 2):
        message["Attributes"]["ApproximateReceiveCount"] = str(tries)
        assert cloud.deliver(message) == [message["MessageId"]]
    assert log(cloud, job) == [(True, None), *[(False, FIRST)] * LIMIT]
    summary = cloud.table.get(keys.delivery(job.id, 0))
    assert summary is not None
    assert summary["status"] == "delivered", "what was delivered stays so"


def test_a_redelivery_that_arrives_ends_the_tries_of_the_first_delivery(
    cloud: Cloud, receiver: "Receiver"
) -> None:
    receiver.status = 500
    job = told(cloud, receiver.url)
    receiver.status = 200
    ask(cloud, job)
    assert cloud.deliver(*cloud.receive()) == []
    # The first message comes back after its pause.
    cloud.sqs.send_message(QueueUrl=cloud.url, MessageBody=f'{{"job": "{job.id}"}}')
    assert cloud.deliver(*cloud.receive()) == []
    assert log(cloud, job) == [(False, None), (True, FIRST)]


@pytest.mark.parametrize("reason", ["another's", "deleted", "no webhook", "a day old"])
def test_a_request_for_nothing_queues_nothing(cloud: Cloud, receiver: "Receiver", reason: str) -> None:
    _, job = cloud.ended(webhook_url=None if reason == "no webhook" else receiver.url)
    request = DeliveryRequest(
        id=FIRST,
        tenant="zenith" if reason == "another's" else "acme",
        about=job.id,
        at=time.time() - (VALID_SECONDS if reason == "a day old" else 0),
        place=FIRST,
    )
    CustomerJobs(cloud.table).request_delivery(request)
    if reason == "deleted":
        cloud.table.delete(keys.job(job.id), PRESENT)
    assert cloud.stream(record_of(cloud, job, FIRST)) == []
    assert cloud.receive() == []


def test_a_request_that_cannot_be_read_holds_nothing_up(cloud: Cloud, receiver: "Receiver") -> None:
    job = told(cloud, receiver.url)
    item = {"pk": "REQUEST#x", "sk": FIRST, "entity": "REQUEST", "tenant": "acme", "about": job.id, "at": 1}
    change = {"SequenceNumber": "9", "NewImage": encode_item(item)}  # type: ignore[arg-type]
    record = {"eventSource": "aws:dynamodb", "eventName": "INSERT", "dynamodb": change}
    assert cloud.stream(record) == []
    assert cloud.receive() == []
