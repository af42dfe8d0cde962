"""What the API answers, whole: the client takes nothing less."""

from typing import Any

LINKS = dict.fromkeys(("self", "events", "deliveries", "cancel"), "")
RENDER: dict[str, Any] = {
    "id": "r_1",
    "state": "succeeded",
    "fleet": "cpu",
    "attempt": 1,
    "attempt_limit": 3,
    "created_at": "2026-11-24T03:00:00Z",
    "updated_at": "2026-11-24T03:00:00.123000Z",
    "started_at": None,
    "finished_at": None,
    "template": None,
    "webhook_url": None,
    "metadata": {},
    "trace_id": "t",
    "cancel_requested": False,
    "waiting": None,
    "progress": None,
    "output": None,
    "failure": None,
    "links": LINKS,
}
ACCEPTED = {"id": "r_1", "state": "queued", "trace_id": "0" * 32, "links": LINKS}


def output(url: str, size: int) -> dict[str, Any]:
    """The video of a render, behind a link."""
    return {
        "url": url,
        "url_expires_at": "2026-11-24T04:00:00Z",
        "duration_s": 2.0,
        "width": 320,
        "height": 180,
        "bytes": size,
    }
