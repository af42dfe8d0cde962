"""What the pack said according to the engine: an event log, or the JSON of `pulumi policy analyze`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from cli.audit.verdict import Diagnostic, Level

# Messages carry the engine's own markup for colors.
MARKUP = re.compile(r"<\{%.*?%\}>")


class EventLogError(ValueError):
    """The text is no event log."""


def diagnostics(text: str) -> tuple[Diagnostic, ...]:
    """The policy events of a log, one event a line or all in one document."""
    return tuple(said for event in _events(text) if (said := _diagnostic(event)) is not None)


def _events(text: str) -> Iterator[dict[str, object]]:
    try:
        whole = json.loads(text)
    except json.JSONDecodeError:
        lines = [line for line in text.splitlines() if line.strip()]
        try:
            whole = [json.loads(line) for line in lines]
        except json.JSONDecodeError as broken:
            raise EventLogError(f"line {broken.lineno} is no JSON; give the file of --event-log") from broken
    found = whole.get("events", [whole]) if isinstance(whole, dict) else whole
    yield from (event for event in found if isinstance(event, dict))


def _diagnostic(event: dict[str, object]) -> Diagnostic | None:
    said = event.get("policyEvent")
    if not isinstance(said, dict) or not said.get("policyName"):
        return None
    return Diagnostic(
        policy=str(said["policyName"]),
        level=_level(str(said.get("enforcementLevel") or "")),
        message=MARKUP.sub("", str(said.get("message") or "")).strip(),
        urn=str(said.get("resourceUrn") or ""),
        severity=str(said.get("severity") or "").lower(),
    )


def _level(stated: str) -> Level:
    """The level; some versions of the engine write `warning` for what is advisory."""
    return Level(stated.lower()) if stated.lower() in set(Level) else Level.ADVISORY
