"""Renders and events as text."""

from cli.renders.api import Document, part


def render_sheet(seen: Document) -> str:
    """One render, a fact a line."""
    waiting, progress = part(seen, "waiting"), part(seen, "progress")
    output, failure = part(seen, "output"), part(seen, "failure")
    facts = {
        "id": seen.get("id"),
        "state": seen.get("state"),
        "fleet": seen.get("fleet"),
        "attempt": seen.get("attempt"),
        "created": seen.get("created_at"),
        "started": seen.get("started_at"),
        "finished": seen.get("finished_at"),
        "waits": f"{waiting.get('reason')} ({waiting.get('code')})" if waiting else None,
        "progress": f"{progress.get('percent')} % {progress.get('stage') or ''}".strip()
        if progress
        else None,
        "failure": f"{failure.get('code')}: {failure.get('detail')}" if failure else None,
        "video": _size(output) if output else None,
        "link": output.get("url") if output else None,
        "trace": seen.get("trace_id"),
    }
    return "\n".join(f"{name:<9} {value}" for name, value in facts.items() if value is not None)


def render_row(seen: Document) -> str:
    """One render on one line."""
    return f"{seen.get('id')}  {seen.get('state'):<9}  {seen.get('fleet'):<8}  {seen.get('created_at')}"


def event_row(event: Document) -> str:
    """One event on one line."""
    when, kind = event.get("at"), event.get("kind")
    return f"{event.get('number'):>4}  {when}  {kind:<16}  {event.get('actor')}: {event.get('detail')}"


def _size(output: Document) -> str:
    size = f"{output.get('width')}x{output.get('height')}"
    return f"{output.get('duration_s')} s {size} {output.get('bytes')} bytes"
