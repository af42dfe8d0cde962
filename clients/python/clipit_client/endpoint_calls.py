"""What each call about webhook endpoints does, as steps that a transport takes."""

import json
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from pydantic import JsonValue

from clipit_client import errors
from clipit_client.calls import ANY_TEXT
from clipit_client.models import (
    WebhookEndpoint,
    WebhookEndpointList,
    WebhookEndpointSecret,
    WebhookEndpointTestRequested,
)
from clipit_client.steps import Call, Request, parsed, post, sent

PATH: Final = "/v1/webhook-endpoints"


def create(body: dict[str, JsonValue], idempotency_key: str | None) -> Call[WebhookEndpointSecret]:
    """Create an endpoint; every try has the same idempotency key, so there is one."""
    return parsed(WebhookEndpointSecret, (yield from post(PATH, body, idempotency_key)))


def listed() -> Call[list[WebhookEndpoint]]:
    """All endpoints."""
    reply = yield from sent(Request(method="GET", url=PATH))
    return parsed(WebhookEndpointList, reply).webhook_endpoints


def get(endpoint: str) -> Call[WebhookEndpoint]:
    """One endpoint."""
    return parsed(WebhookEndpoint, (yield from sent(Request(method="GET", url=_path(endpoint)))))


def change(endpoint: str, body: dict[str, JsonValue]) -> Call[WebhookEndpoint]:
    """Change what the body names; a repeated change is the same."""
    headers = {"Content-Type": "application/json"}
    content = json.dumps(body).encode()
    request = Request(method="PATCH", url=_path(endpoint), content=content, headers=headers)
    return parsed(WebhookEndpoint, (yield from sent(request)))


def delete(endpoint: str) -> Call[None]:
    """Delete an endpoint; a repeated deletion is the same.

    Raises:
        NotFoundError: There was none.
    """
    try:
        yield from sent(Request(method="DELETE", url=_path(endpoint)))
    except errors.NotFoundError as error:
        if not error.again:
            raise
        # A try whose answer was lost has deleted it, and a server of an older release forgets what it was.


def rotate_secret(endpoint: str, idempotency_key: str | None) -> Call[WebhookEndpointSecret]:
    """Give an endpoint a new secret; every try has the same idempotency key, so it is one."""
    reply = yield from post(f"{_path(endpoint)}/rotate-secret", None, idempotency_key)
    return parsed(WebhookEndpointSecret, reply)


def test(endpoint: str, idempotency_key: str | None) -> Call[WebhookEndpointTestRequested]:
    """Have a test sent to an endpoint."""
    reply = yield from post(f"{_path(endpoint)}/test", None, idempotency_key)
    return parsed(WebhookEndpointTestRequested, reply)


def body_of(*, url: str | None, events: Sequence[str] | None, enabled: bool | None) -> dict[str, JsonValue]:
    """The body of a creation or a change; what is None is left out."""
    given: dict[str, JsonValue | None] = {
        "url": url,
        "events": None if events is None else list(events),
        "enabled": enabled,
    }
    return {name: value for name, value in given.items() if value is not None}


def _path(endpoint: str) -> str:
    """The path of an endpoint; escaped, so that no id leads to another path."""
    return f"{PATH}/{quote(endpoint, safe='', errors=ANY_TEXT)}"
