"""The Pulumi CLI's event log: what `--event-log` writes, one event a line or all in one document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

Event: TypeAlias = Mapping[str, object]


class EventLogError(ValueError):
    """The text is no event log of a whole run."""


def events_in(text: str) -> list[Event]:
    """Parse a log.

    Raises:
        EventLogError: The text is no log, or was cut off.
    """
    return list(_events(text))


def summary_of(events: Sequence[Event]) -> Event:
    """Return the summary, which a run writes last.

    Raises:
        EventLogError: There is none, so the run did not come to its end.
    """
    for summary in of_kind(events, "summaryEvent"):
        return summary
    raise EventLogError("it has no summary at its end; the run was interrupted, or this is another file")


def _events(text: str) -> Iterator[Event]:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        whole = list(_lines(text))
    if isinstance(whole, dict):
        whole = whole.get("events", [whole])
    if not isinstance(whole, list):
        raise EventLogError("it is JSON, but holds no events; give the file of --event-log")
    yield from (event for event in whole if isinstance(event, dict))


def _lines(text: str) -> Iterator[object]:
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    for number, line in lines:
        try:
            yield json.loads(line)
        except (ValueError, RecursionError) as broken:
            last = number > 1 and number == lines[-1][0]
            problem = (
                "is cut off; the run was interrupted" if last else "is no JSON; give the file of --event-log"
            )
            raise EventLogError(f"line {number} {problem}") from broken


def of_kind(events: Sequence[Event], kind: str) -> Iterator[Event]:
    """Select the bodies of one kind of event, such as `summaryEvent`."""
    yield from (found for event in events if isinstance(found := event.get(kind), dict))
