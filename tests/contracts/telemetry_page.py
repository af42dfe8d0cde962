"""The page of metrics and log events: `python -m tests.contracts.telemetry_page` writes it."""

from collections.abc import Iterator
from pathlib import Path

from handlers.telemetry.events import ROOMS, LogEvent, Room
from handlers.telemetry.metrics import METRICS, NAMESPACE, Metric

PAGE = Path(__file__).parents[2] / "docs" / "metrics-and-events.md"
HEAD = f"""# Metrics and log events

What Clip-It measures and logs, who writes it, and where it is read; for operators, and for developers of
handlers. `handlers/telemetry/` is the catalogue; `make telemetry-page` writes this page.

## Metrics

Namespace `{NAMESPACE}`. Functions and agents embed metrics in their log lines, from which
CloudWatch takes them; the last rows are measured by the CloudWatch agent of each instance. The
value of the dimension `service` is in the column *Of*. Graphs are on the dashboards
`clip-it-<stack>-<name>-<region>`.

| Metric | Of | Unit | Dimensions | Written by | Graphs | Alarms | Meaning |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""
COST = """
CloudWatch charges for each combination of dimension values that has data in an hour: at USD 0.30 a
month, `RendersEnded` of two fleets with four outcomes costs 2.40 a month. With the tenant as a
dimension, a hundred tenants, six templates and three metrics would cost 540, so no dimension is a
tenant or a template: the log lines have the job.

## Log events

One JSON object a line. Names of events and fields are stable; the text in `error` is for people. A
line about a render has `job`, `trace_id`, `attempt` and `fleet`; one about a request for a render
that was not read has only the first two. `trace_id` follows from the id of the render.
"""


def page() -> str:
    """The whole page."""
    rows = "".join(f"{_row(metric)}\n" for metric in METRICS)
    return HEAD + rows + COST + "".join(_room(name, room) for name, room in ROOMS.items())


def _row(metric: Metric) -> str:
    cells = (
        f"`{metric.name}`",
        f"`{metric.service.value}`" if metric.service else "",
        metric.unit.value,
        _list(one for one in metric.dimensions if one != "service"),
        _list(metric.writers),
        _list(metric.graphs),
        _list(metric.alarms),
        metric.says,
    )
    return f"| {' | '.join(cells)} |"


def _room(name: str, room: Room) -> str:
    lines = "".join(f"{_event(event)}\n" for event in room.events)
    always = f" Every line has {_list(room.always)}." if room.always else ""
    return (
        f"\n### {name.replace('_', ' ').capitalize()}\n\n"
        f"Log group `{room.group}`; the name of an event is in `{room.key}`.{always}\n\n"
        f"| Event | Level | Fields | Meaning |\n| --- | --- | --- | --- |\n{lines}"
    )


def _event(event: LogEvent) -> str:
    return f"| `{event.name}` | {event.level} | {_list(event.fields)} | {event.says} |"


def _list(names: Iterator[str] | tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page())


if __name__ == "__main__":
    main()
