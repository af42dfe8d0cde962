"""Renders and events as text."""

import json
from datetime import datetime
from typing import Final

from clipit_client.models import Delivery, Event, FleetWaits, Model, Output, Progress, Render, Usage, UsageDay


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
        "priority": render.priority,
        "attempt": render.attempt,
        "created": _time(render.created_at),
        "started": _time(render.started_at),
        "finished": _time(render.finished_at),
        "waits": f"{waiting.reason} ({waiting.code})" if waiting else None,
        "others": _waits(waiting.fleet_waits) if waiting and waiting.fleet_waits else None,
        "progress": _progress(progress) if progress else None,
        "failure": f"{failure.code}: {failure.detail}" if failure else None,
        "video": _size(render.output) if render.output else None,
        "link": render.output.url if render.output else None,
        "used": _usage(render.usage) if render.usage else None,
        "trace": render.trace_id,
    }
    return "\n".join(f"{name:<9} {value}" for name, value in facts.items() if value is not None)


def render_row(render: Render) -> str:
    """One render on one line."""
    return f"{render.id}  {render.state:<9}  {render.fleet:<8}  {_time(render.created_at)}"


def event_row(event: Event) -> str:
    """One event on one line."""
    return f"{event.number:>4}  {_time(event.at)}  {event.kind:<16}  {event.actor}: {event.detail}"


USAGE_HEAD: Final = "day         succeeded  failed  cancelled   machine s     video s"


def usage_row(day: UsageDay) -> str:
    """The usage of one day on one line, below `USAGE_HEAD`."""
    renders = f"{day.succeeded:>9}  {day.failed:>6}  {day.cancelled:>9}"
    return f"{day.day}  {renders}  {day.machine_s:>10.1f}  {day.video_s:>10.1f}"


def delivery_row(delivery: Delivery) -> str:
    """One try of a webhook on one line."""
    result = "delivered" if delivery.delivered else f"failed: {delivery.error}"
    return f"{delivery.number:>4}  {_time(delivery.at)}  {result}"


def _waits(waits: FleetWaits) -> str:
    return f"waited {waits.p50_s:.0f} s (p50), {waits.p90_s:.0f} s (p90), the latest {waits.renders}"


def _progress(progress: Progress) -> str:
    done = f"{progress.percent} % {progress.stage or ''}".strip()
    return done if progress.remaining_s is None else f"{done}, about {progress.remaining_s:.0f} s left"


def _usage(used: Usage) -> str:
    tries = "1 attempt" if used.attempts == 1 else f"{used.attempts} attempts"
    return f"{tries}, {used.machine_s:.0f} s of a machine, {used.video_s:g} s of video"


def _size(output: Output) -> str:
    return f"{output.duration_s} s {output.width}x{output.height} {output.bytes} bytes"


def _time(at: datetime | None) -> str | None:
    """A time as the API has it."""
    return None if at is None else at.isoformat().replace("+00:00", "Z")
