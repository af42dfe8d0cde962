"""Renders and events as text."""

from cli.renders.api import Document, part


def render_table(render: Document) -> str:
    """One render, one line per fact."""
    waiting, progress = part(render, "waiting"), part(render, "progress")
    output, failure = part(render, "output"), part(render, "failure")
    facts = {
        "id": render.get("id"),
        "state": render.get("state"),
        "fleet": render.get("fleet"),
        "attempt": render.get("attempt"),
        "created": render.get("created_at"),
        "started": render.get("started_at"),
        "finished": render.get("finished_at"),
        "waits": f"{waiting.get('reason')} ({waiting.get('code')})" if waiting else None,
        "progress": f"{progress.get('percent')} % {progress.get('stage') or ''}".strip()
        if progress
        else None,
        "failure": f"{failure.get('code')}: {failure.get('detail')}" if failure else None,
        "video": _size(output) if output else None,
        "link": output.get("url") if output else None,
        "trace": render.get("trace_id"),
    }
    return "\n".join(f"{name:<9} {value}" for name, value in facts.items() if value is not None)


def render_row(render: Document) -> str:
    """One render on one line."""
    return (
        f"{render.get('id')}  {render.get('state'):<9}  {render.get('fleet'):<8}  {render.get('created_at')}"
    )


def event_row(event: Document) -> str:
    """One event on one line."""
    when, kind = event.get("at"), event.get("kind")
    return f"{event.get('number'):>4}  {when}  {kind:<16}  {event.get('actor')}: {event.get('detail')}"


def delivery_row(delivery: Document) -> str:
    """One try of a webhook on one line."""
    result = "delivered" if delivery.get("delivered") else f"failed: {delivery.get('error')}"
    return f"{delivery.get('number'):>4}  {delivery.get('at')}  {result}"


def _size(output: Document) -> str:
    size = f"{output.get('width')}x{output.get('height')}"
    return f"{output.get('duration_s')} s {size} {output.get('bytes')} bytes"
