"""The response bodies about webhook endpoints, and how they follow from the endpoints."""

from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import ConfigDict, Field

from handlers.job_server.schemas.responses import View
from handlers.job_server.webhook_endpoints.service import WithSecret
from handlers.jobs.store.customers.webhook_endpoints import DisabledReason, EndpointTest, WebhookEndpoint


class EndpointTestView(View):
    """The latest test of a webhook endpoint."""

    model_config = ConfigDict(title="WebhookEndpointTest")

    webhook_id: str
    at: datetime
    delivered: bool
    error: str | None = Field(default=None, description="Why it was not delivered.")


class EndpointView(View):
    """An address that receives the webhooks of your renders."""

    model_config = ConfigDict(title="WebhookEndpoint")

    id: str
    url: str
    events: list[str] = Field(description="The types of webhooks that it receives.")
    enabled: bool
    disabled_at: datetime | None = None
    reason: DisabledReason | None = Field(default=None, description="Why it is disabled.")
    exhausted_deliveries: int = Field(description="Deliveries in a row that were given up.")
    created_at: datetime
    updated_at: datetime
    secret_overlap_ends_at: datetime | None = Field(
        default=None, description="Until then the secret before the newest signs too."
    )
    last_test: EndpointTestView | None = None


class EndpointListView(View):
    """Your webhook endpoints, the oldest first."""

    model_config = ConfigDict(title="WebhookEndpointList")

    webhook_endpoints: list[EndpointView]


class EndpointSecretView(View):
    """A webhook endpoint and its newest secret, which is not shown again."""

    model_config = ConfigDict(title="WebhookEndpointSecret")

    webhook_endpoint: EndpointView
    secret: str = Field(description="Verify the signatures of its webhooks with it.")


class TestRequestedView(View):
    """A test that is on its way."""

    model_config = ConfigDict(title="WebhookEndpointTestRequested")

    webhook_id: str = Field(description="The `webhook-id` of the test; `last_test` has it when it was tried.")


def endpoint(one: WebhookEndpoint, now: float) -> EndpointView:
    """An endpoint as its owner sees it."""
    overlap = one.overlap_ends_at if one.overlap_ends_at and one.overlap_ends_at > now else None
    return EndpointView(
        id=one.id,
        url=one.url,
        events=list(one.events),
        enabled=one.enabled,
        disabled_at=_time(one.disabled_at),
        reason=one.disabled_reason,
        exhausted_deliveries=one.exhausted,
        created_at=datetime.fromtimestamp(one.created_at, UTC),
        updated_at=datetime.fromtimestamp(one.updated_at, UTC),
        secret_overlap_ends_at=_time(overlap),
        last_test=_test(one.last_test) if one.last_test else None,
    )


def endpoint_list(found: Sequence[WebhookEndpoint], now: float) -> EndpointListView:
    """All endpoints of their owner."""
    return EndpointListView(webhook_endpoints=[endpoint(one, now) for one in found])


def with_secret(one: WithSecret, now: float) -> EndpointSecretView:
    """The response that shows a secret."""
    return EndpointSecretView(webhook_endpoint=endpoint(one.endpoint, now), secret=one.secret)


def _test(test: EndpointTest) -> EndpointTestView:
    return EndpointTestView(
        webhook_id=test.webhook_id,
        at=datetime.fromtimestamp(test.at, UTC),
        delivered=test.error is None,
        error=test.error,
    )


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
