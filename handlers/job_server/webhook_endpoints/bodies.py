"""The schemas of the bodies that make and change webhook endpoints."""

from typing import Final

from handlers.jobs.json_schema.values import Json
from handlers.jobs.outgoing.webhook_events import RENDER_EVENTS
from handlers.jobs.outgoing.webhook_urls import MAX_LENGTH

_EVENTS: Final[dict[str, Json]] = {
    "type": "array",
    "minItems": 1,
    "maxItems": len(RENDER_EVENTS),
    "items": {"type": "string", "enum": [*RENDER_EVENTS]},
}
_FIELDS: Final[dict[str, Json]] = {
    "url": {
        "description": "URL that receives the webhooks.",
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_LENGTH,
    },
    "events": {"description": "The types of webhooks that it receives; all when absent.", **_EVENTS},
    "enabled": {"description": "Whether it receives any; true when absent.", "type": "boolean"},
}
ENDPOINT_REQUEST: Final[dict[str, Json]] = {
    "title": "WebhookEndpointRequest",
    "description": "A webhook endpoint to be made.",
    "type": "object",
    "required": ["url"],
    "additionalProperties": False,
    "properties": _FIELDS,
}
ENDPOINT_CHANGE: Final[dict[str, Json]] = {
    "title": "WebhookEndpointChange",
    "description": "What changes of a webhook endpoint; the rest stays as it is.",
    "type": "object",
    "minProperties": 1,
    "additionalProperties": False,
    "properties": {
        "url": _FIELDS["url"],
        "events": {"description": "The types of webhooks that it receives.", **_EVENTS},
        "enabled": {
            "description": "Whether it receives any; true forgets the deliveries that were given up.",
            "type": "boolean",
        },
    },
}
