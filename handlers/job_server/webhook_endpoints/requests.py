"""Validates the bodies that make and change webhook endpoints."""

from dataclasses import dataclass
from typing import Final

from handlers.job_server.schemas.requests import RefusedError
from handlers.job_server.webhook_endpoints.bodies import ENDPOINT_CHANGE, ENDPOINT_REQUEST
from handlers.jobs.json_schema.checker import Checker
from handlers.jobs.json_schema.values import Finding, Json
from handlers.jobs.outgoing.webhook_events import RENDER_EVENTS
from handlers.jobs.outgoing.webhook_urls import WebhookTargets, complaint

_REQUEST: Final = Checker(ENDPOINT_REQUEST)
_CHANGE: Final = Checker(ENDPOINT_CHANGE)


@dataclass(frozen=True, kw_only=True)
class EndpointRequest:
    """A valid request for a new endpoint."""

    url: str
    events: tuple[str, ...]
    enabled: bool


@dataclass(frozen=True, kw_only=True)
class EndpointChange:
    """A valid change; None leaves a field as it is."""

    url: str | None
    events: tuple[str, ...] | None
    enabled: bool | None


def endpoint_request(body: Json, targets: WebhookTargets) -> EndpointRequest:
    """The new endpoint in a body.

    Raises:
        RefusedError: it cannot be accepted.
    """
    change = _change(body, _REQUEST, targets)
    return EndpointRequest(
        url=change.url or "",
        events=RENDER_EVENTS if change.events is None else change.events,
        enabled=change.enabled is not False,
    )


def endpoint_change(body: Json, targets: WebhookTargets) -> EndpointChange:
    """The change in a body.

    Raises:
        RefusedError: it cannot be accepted.
    """
    return _change(body, _CHANGE, targets)


def _change(body: Json, checker: Checker, targets: WebhookTargets) -> EndpointChange:
    found = checker.findings(body)
    fields = body if isinstance(body, dict) else {}
    url, events, enabled = fields.get("url"), fields.get("events"), fields.get("enabled")
    wrong = complaint(url, targets) if isinstance(url, str) and url else None
    if wrong:
        found.append(Finding(pointer="/url", detail=wrong))
    if not fields and not found:
        found.append(Finding(pointer="", detail="is empty; give one of url, events, enabled"))
    if found:
        raise RefusedError(found)
    return EndpointChange(
        url=url if isinstance(url, str) else None,
        events=tuple(one for one in RENDER_EVENTS if one in events) if isinstance(events, list) else None,
        enabled=enabled if isinstance(enabled, bool) else None,
    )
