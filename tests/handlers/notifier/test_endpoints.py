"""Webhooks of renders without a URL of their own go to the tenant's endpoints, each by its own delivery."""

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import boto3
import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from handlers.jobs.errors import TryAgainLater
from handlers.jobs.ids import new_endpoint_id
from handlers.jobs.model import Job
from handlers.jobs.outgoing.webhook_events import RENDER_EVENTS
from handlers.jobs.outgoing.webhook_secrets import new_secret, secret_of_endpoint
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import encode_item
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.customers.delivery_requests import DeliveryRequest
from handlers.jobs.store.customers.usage_days import UsageDays
from handlers.jobs.store.customers.webhook_endpoints import (
    MOST_EXHAUSTED,
    DisabledReason,
    WebhookEndpoint,
    WebhookEndpoints,
    endpoint_of,
)
from tests.handlers.notifier.conftest import LIMIT, REGION, Cloud

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

    from tests.handlers.notifier.conftest import Receiver

TEST = "d_" + "0" * 26


def add(cloud: Cloud, url: str, tenant: str = "acme", **fields: object) -> tuple[WebhookEndpoint, str]:
    """A new endpoint, and its secret."""
    now = time.time()
    new = WebhookEndpoint(
        id=new_endpoint_id(now, None), url=url, events=RENDER_EVENTS, created_at=now, updated_at=now
    )
    new = replace(new, **fields)  # type: ignore[arg-type]
    WebhookEndpoints(cloud.table).change(tenant, lambda found: (*found, new))
    return new, give_secret(new, tenant, 1)


def give_secret(endpoint: WebhookEndpoint, tenant: str, number: int) -> str:
    secret = new_secret()
    boto3.client("ssm", region_name=REGION).put_parameter(
        Name=f"/clip-it/test/webhook-secrets/{secret_of_endpoint(tenant, endpoint.id, number)}",
        Value=secret,
        Type="SecureString",
    )
    return secret


def now_of(cloud: Cloud, endpoint: WebhookEndpoint) -> WebhookEndpoint:
    found = endpoint_of(WebhookEndpoints(cloud.table).of("acme"), endpoint.id)
    assert found is not None
    return found


def end(cloud: Cloud, webhook_url: str | None = None) -> Job:
    before, after = cloud.ended(webhook_url=webhook_url)
    assert cloud.stream(cloud.change(before, after)) == []
    return after


def as_last(message: "MessageTypeDef") -> "MessageTypeDef":
    message["Attributes"]["ApproximateReceiveCount"] = str(LIMIT)
    return message


def verified(secret: str, got: tuple[Mapping[str, str], bytes]) -> dict[str, object]:
    headers, body = got
    told: dict[str, object] = Webhook(secret).verify(body, dict(headers))
    return told


def test_each_endpoint_that_takes_the_webhook_gets_its_own_signed_delivery(
    cloud: Cloud, receiver: "Receiver"
) -> None:
    (first, secret), (second, other) = add(cloud, receiver.url), add(cloud, receiver.url)
    add(cloud, receiver.url, events=("render.succeeded",))
    add(cloud, receiver.url, disabled_at=1.0, disabled_reason=DisabledReason.REQUESTED)
    add(cloud, receiver.url, tenant="zenith")
    job = end(cloud)
    assert cloud.deliver(*cloud.receive()) == []
    got = {headers["webhook-id"]: (headers, body) for headers, body in receiver.got}
    assert got.keys() == {f"msg_{job.id}_1_{one.id}" for one in (first, second)}
    told = verified(secret, got[f"msg_{job.id}_1_{first.id}"])
    assert told["type"] == "render.cancelled"
    assert told["data"] == {"id": job.id, "state": "cancelled", "attempt": 1, "trace_id": job.trace_id}
    verified(other, got[f"msg_{job.id}_1_{second.id}"])
    with pytest.raises(WebhookVerificationError):
        verified(other, got[f"msg_{job.id}_1_{first.id}"])
    attempts = CustomerJobs(cloud.table).deliveries(job.id)
    assert {(one.endpoint, one.delivered) for one in attempts} == {(first.id, True), (second.id, True)}


def test_a_render_with_a_webhook_of_its_own_tells_no_endpoint(cloud: Cloud, receiver: "Receiver") -> None:
    add(cloud, "http://127.0.0.1:1/never")
    job = end(cloud, webhook_url=receiver.url)
    assert cloud.deliver(*cloud.receive()) == []
    assert [headers["webhook-id"] for headers, _ in receiver.got] == [f"msg_{job.id}_1"]


def test_a_tenant_without_endpoints_costs_no_message(cloud: Cloud) -> None:
    end(cloud)
    assert cloud.receive() == []


def test_the_log_names_endpoint_and_host_of_each_try(
    cloud: Cloud, receiver: "Receiver", caplog: pytest.LogCaptureFixture
) -> None:
    good, _ = add(cloud, receiver.url)
    bad, _ = add(cloud, "http://127.0.0.1:1/secret-path")
    end(cloud)
    cloud.deliver(*cloud.receive())
    lines = [vars(one) for one in caplog.records if "endpoint" in vars(one)]
    assert {(one["message"], one["endpoint"], one["host"]) for one in lines} == {
        ("webhook_delivered", good.id, "localhost"),
        ("webhook_failed", bad.id, "127.0.0.1"),
    }
    assert "secret-path" not in str(lines)


def test_one_endpoint_that_fails_is_tried_again_alone(cloud: Cloud, receiver: "Receiver") -> None:
    good, _ = add(cloud, receiver.url)
    add(cloud, "http://127.0.0.1:1/closed")
    job = end(cloud)
    failed = cloud.deliver(*cloud.receive())
    assert len(failed) == 1
    attempts = CustomerJobs(cloud.table).deliveries(job.id)
    assert {one.endpoint for one in attempts if one.delivered} == {good.id}
    assert sorted(one.delivered for one in attempts) == [False, True]


def test_an_endpoint_is_disabled_after_twenty_deliveries_in_a_row_that_were_given_up(
    cloud: Cloud, receiver: "Receiver"
) -> None:
    receiver.status = 500
    endpoint, _ = add(cloud, receiver.url, exhausted=MOST_EXHAUSTED - 2)
    for exhausted in (MOST_EXHAUSTED - 1, MOST_EXHAUSTED):
        end(cloud)
        (message,) = cloud.receive()
        cloud.deliver(message)
        assert now_of(cloud, endpoint).exhausted == exhausted - 1, "a try that is followed by others"
        cloud.deliver(as_last(message))
        cloud.sqs.delete_message(QueueUrl=cloud.url, ReceiptHandle=message["ReceiptHandle"])
        assert now_of(cloud, endpoint).exhausted == exhausted
    disabled = now_of(cloud, endpoint)
    assert disabled.disabled_reason is DisabledReason.DELIVERIES_EXHAUSTED
    assert disabled.disabled_at is not None
    end(cloud)
    assert cloud.receive() == []


def test_a_delivery_that_arrives_ends_the_row(cloud: Cloud, receiver: "Receiver") -> None:
    endpoint, _ = add(cloud, receiver.url, exhausted=MOST_EXHAUSTED - 1)
    end(cloud)
    cloud.deliver(*cloud.receive())
    assert now_of(cloud, endpoint).exhausted == 0


def test_an_end_that_the_stream_tells_again_is_queued_once_for_each_endpoint(
    cloud: Cloud, receiver: "Receiver", monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object, **__: object) -> bool:
        raise TryAgainLater("usage")

    for _ in range(2):
        add(cloud, receiver.url)
    change = cloud.change(*cloud.ended(webhook_url=None))
    with monkeypatch.context() as patch:
        patch.setattr(UsageDays, "count", busy)
        for _ in range(2):
            with pytest.raises(TryAgainLater):
                cloud.stream(change)
    assert cloud.stream(change) == []
    assert len(cloud.receive()) == 2


def test_the_second_end_of_a_redriven_job_is_told_to_its_endpoints_too(
    cloud: Cloud, receiver: "Receiver"
) -> None:
    add(cloud, receiver.url)
    first = end(cloud)
    cloud.deliver(*cloud.receive())
    second = replace(first, state=JobState.SUCCEEDED, attempt=2)
    cloud.become(second)
    for _ in range(2):
        assert cloud.stream(cloud.change(replace(second, state=JobState.RENDERING), second)) == []
    cloud.deliver(*cloud.receive())
    assert [json.loads(body)["type"] for _, body in receiver.got] == ["render.cancelled", "render.succeeded"]
    assert [one.number for one in CustomerJobs(cloud.table).deliveries(first.id)] == [1, 2]


@pytest.mark.parametrize("status", [500, 410])
def test_a_delivery_that_is_given_up_twice_counts_once(
    cloud: Cloud, receiver: "Receiver", status: int
) -> None:
    """Its message was there twice, or an operator brought it back from the dead letters."""
    receiver.status = status
    endpoint, _ = add(cloud, receiver.url)
    end(cloud)
    (message,) = cloud.receive()
    cloud.deliver(as_last(message))
    message["Attributes"]["ApproximateReceiveCount"] = "1"
    cloud.deliver(message)
    cloud.deliver(as_last(message))
    assert (now_of(cloud, endpoint).exhausted, len(receiver.got)) == (1, 3)
    receiver.status = 200
    cloud.deliver(message)
    assert now_of(cloud, endpoint).exhausted == 0


@pytest.mark.parametrize("change", ["deleted", "disabled"])
def test_what_is_on_its_way_to_an_endpoint_that_is_gone_is_dropped(
    cloud: Cloud, receiver: "Receiver", change: str
) -> None:
    endpoint, _ = add(cloud, receiver.url)
    end(cloud)
    left = {"deleted": (), "disabled": (replace(endpoint, disabled_at=1.0),)}[change]
    WebhookEndpoints(cloud.table).change("acme", lambda _: left)
    assert cloud.deliver(*cloud.receive()) == []
    assert receiver.got == []


def test_for_a_day_after_a_rotation_both_secrets_sign_and_then_the_new_one_alone(
    cloud: Cloud, receiver: "Receiver"
) -> None:
    endpoint, old = add(cloud, receiver.url)
    new = give_secret(endpoint, "acme", 2)
    store = WebhookEndpoints(cloud.table)
    for ends_at, valid in ((time.time() + 60, {old, new}), (time.time() - 1, {new})):
        rotated = replace(endpoint, secret=2, overlap_ends_at=ends_at)
        store.change("acme", lambda _, one=rotated: (one,))
        end(cloud)
        cloud.deliver(*cloud.receive())
        headers, body = receiver.got[-1]
        assert len(headers["webhook-signature"].split()) == len(valid)
        for secret in valid:
            verified(secret, (headers, body))
        if old not in valid:
            with pytest.raises(WebhookVerificationError):
                verified(old, (headers, body))


def test_a_redelivery_goes_to_each_endpoint_once_more_under_its_id(
    cloud: Cloud, receiver: "Receiver"
) -> None:
    endpoint, _ = add(cloud, receiver.url)
    job = end(cloud)
    cloud.deliver(*cloud.receive())
    for _ in range(2):
        assert ask(cloud, job.id) == []
    (message,) = cloud.receive()
    cloud.deliver(message)
    assert [headers["webhook-id"] for headers, _ in receiver.got] == [f"msg_{job.id}_1_{endpoint.id}"] * 2
    attempts = CustomerJobs(cloud.table).deliveries(job.id)
    assert [(one.endpoint, one.redelivery) for one in attempts] == [(endpoint.id, None), (endpoint.id, TEST)]


def ask(cloud: Cloud, about: str) -> list[str]:
    """A customer asks for a delivery, and the stream tells of it."""
    request = DeliveryRequest(id=TEST, tenant="acme", about=about, at=time.time(), place=TEST)
    CustomerJobs(cloud.table).request_delivery(request)
    item = cloud.table.get(keys.delivery_request(about, TEST))
    assert item is not None
    change = {"SequenceNumber": "9", "NewImage": encode_item(item)}
    return cloud.stream({"eventSource": "aws:dynamodb", "eventName": "INSERT", "dynamodb": change})


@pytest.mark.parametrize("enabled", [True, False])
def test_a_test_is_signed_tried_once_and_seen_on_the_endpoint(
    cloud: Cloud, receiver: "Receiver", enabled: bool
) -> None:
    endpoint, secret = add(cloud, receiver.url, disabled_at=None if enabled else 1.0)
    assert ask(cloud, endpoint.id) == []
    assert cloud.deliver(*cloud.receive()) == []
    (got,) = receiver.got
    told = verified(secret, got)
    assert (told["type"], told["data"]) == ("endpoint.test", {"endpoint": endpoint.id})
    test = now_of(cloud, endpoint).last_test
    assert test is not None
    assert (test.webhook_id, test.error) == (f"msg_{TEST}", None) == (got[0]["webhook-id"], None)
    receiver.status = 500
    ask(cloud, endpoint.id)
    assert cloud.deliver(*cloud.receive()) == [], "one try"
    again = now_of(cloud, endpoint)
    assert again.last_test is not None
    assert again.last_test.error == "answered 500"
    assert again.exhausted == 0, "a test is no delivery"


def test_an_endpoint_whose_host_leads_inside_is_refused_as_any_webhook_is(
    cloud: Cloud, receiver: "Receiver", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIPIT_WEBHOOK_TARGETS", "public")
    add(cloud, f"https://localhost:{receiver.port}/")
    job = end(cloud)
    cloud.deliver(*cloud.receive())
    assert receiver.got == []
    (attempt,) = CustomerJobs(cloud.table).deliveries(job.id)
    assert attempt.error == "the address must name a host on the public internet"


def test_no_secret_is_in_an_item(cloud: Cloud, receiver: "Receiver") -> None:
    _, secret = add(cloud, receiver.url)
    assert secret not in json.dumps(cloud.table.get(keys.webhook_endpoints("acme")))
