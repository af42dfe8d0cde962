"""Examples of webhook endpoints for the OpenAPI document."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel

from handlers.job_server.webhook_endpoints import views
from handlers.jobs.json_schema.values import Json
from handlers.jobs.outgoing.webhook_events import RENDER_EVENTS
from handlers.jobs.store.customers.webhook_endpoints import DisabledReason

ENDPOINT = "we_01hf7yat00z3ghvhxwt0jccfah"
TEST = "msg_d_01hf7yat00z3ghvhxwt0jccfah"
_AT = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
_URL = "https://example.com/hooks/clip-it"
_SECRET = "whsec_<32 bytes in base64>"  # noqa: S105 - the form of one

REQUESTS: Mapping[str, Mapping[str, Json]] = {
    "createWebhookEndpoint": {
        "all": {"url": _URL},
        "failures": {"url": _URL, "events": ["render.failed"]},
    },
    "changeWebhookEndpoint": {"enable": {"enabled": True}},
}


def _endpoint(**more: object) -> views.EndpointView:
    common = {
        "id": ENDPOINT,
        "url": _URL,
        "events": RENDER_EVENTS,
        "enabled": True,
        "exhausted_deliveries": 0,
        "created_at": _AT,
        "updated_at": _AT,
    }
    return views.EndpointView.model_validate({**common, **more})


_TESTED = _endpoint(last_test=views.EndpointTestView(webhook_id=TEST, at=_AT, delivered=True))
_DISABLED = _endpoint(
    enabled=False,
    disabled_at=_AT + timedelta(days=2),
    reason=DisabledReason.DELIVERIES_EXHAUSTED,
    exhausted_deliveries=20,
)
_ROTATED = _endpoint(secret_overlap_ends_at=_AT + timedelta(days=1))

ANSWERS: Mapping[str, Mapping[str, BaseModel]] = {
    "createWebhookEndpoint": {
        "created": views.EndpointSecretView(webhook_endpoint=_endpoint(), secret=_SECRET)
    },
    "listWebhookEndpoints": {"disabled": views.EndpointListView(webhook_endpoints=[_DISABLED])},
    "getWebhookEndpoint": {"tested": _TESTED},
    "changeWebhookEndpoint": {"enabled": _endpoint()},
    "rotateWebhookSecret": {"rotated": views.EndpointSecretView(webhook_endpoint=_ROTATED, secret=_SECRET)},
    "testWebhookEndpoint": {"asked": views.TestRequestedView(webhook_id=TEST)},
}
