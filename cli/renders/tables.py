"""Renders and events as text."""

import json
from datetime import datetime

from clipit_client.models import Delivery, Event, Model, Output, Render


def document(answer: Model) -> str:
    """An answer of the API as the JSON that it was, on one line."""
    return json.dumps(answer.model_dump(mode="json", exclude_unset=True))


def render_table(render: Render) -> str:
    """One render, one line per fact."""
    waiting, progress, failure = render.waiting, render.progress, render.failure
    facts = {
        "id": render.id,
        "state": render.state,
        "fleet": render.fleet,
        "attempt": render.attempt,
        "created": _time(render.created_at),
        "started": _time(render.started_at),
        "finished": _time(render.finished_at),
        "waits": f"{waiting.reason} ({waiting.code})" if waiting else None,
        "progress": f"{progress.percent} % {progress.stage or ''}".strip() if progress else None,
        "failure": f"{failure.code}: {failure.detail}" if failure else None,
        "video": _size(render.output) if render.output else None,
        "link": render.output.url if render.output else None,
        "trace": render.trace_id,
    }
    return "\n".join(f"{name:<9} {value}" for name, value in facts.items() if value is not None)


def render_row(render: Render) -> str:
    """One render on one line."""
    return f"{render.id}  {render.state:<9}  {render.fleet:<8}  {_time(render.created_at)}"


def event_row(event: Event) -> str:
    """One event on one line."""
    return f"{event.number:>4}  {_time(event.at)}  {event.kind:<16}  {event.actor}: {event.detail}"


def delivery_row(delivery: Delivery) -> str:
    """One try of a webhook on one line."""
    result = "delivered" if delivery.delivered else f"failed: {delivery.error}"
    again = f"  ({delivery.redelivery})" if delivery.redelivery else ""
    return f"{delivery.number:>4}  {_time(delivery.at)}  {result}{again}"


def _size(output: Output) -> str:
    return f"{output.duration_s} s {output.width}x{output.height} {output.bytes} bytes"


def _time(at: datetime | None) -> str | None:
    """A time as the API has it."""
    return None if at is None else at.isoformat().replace("+00:00", "Z")
