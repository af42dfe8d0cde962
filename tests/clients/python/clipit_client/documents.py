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


BATCH: dict[str, Any] = {
    "id": "b_1",
    "items": 2,
    "accepted": 2,
    "renders": {"queued": 1, "rendering": 0, "succeeded": 1, "failed": 0, "cancelled": 0, "deleted": 0},
    "ended": False,
    "created_at": "2026-11-24T03:00:00Z",
    "expires_at": "2026-12-24T03:00:00Z",
    "poll_after_s": 1,
    "links": {"self": "/v1/batches/b_1", "renders": "/v1/renders?batch=b_1"},
}
