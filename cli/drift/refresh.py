"""What a refresh found to differ, read from its event log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cli.event_log import Event, events_in, of_kind, summary_of
from cli.impact.preview import Action, Change

_ACTIONS = {"update": Action.UPDATE, "delete": Action.DELETE}
"""The steps with which `pulumi refresh` reports a difference; every other step reports none."""


def differences(text: str) -> tuple[Change, ...]:
    """Read the event log of `pulumi refresh --preview-only`: what was changed or deleted behind the state.

    Raises:
        EventLogError: The text is no event log, or one that does not come to an end.
    """
    events = events_in(text)
    summary_of(events)
    return tuple(_differences(list(of_kind(list(of_kind(events, "resOutputsEvent")), "metadata"))))


def _differences(steps: Sequence[Event]) -> Iterator[Change]:
    for step in steps:
        action = _ACTIONS.get(str(step.get("op")))
        if action:
            diffs = step.get("diffs")
            names = sorted(map(str, diffs)) if isinstance(diffs, list) else []
            yield Change(urn=str(step.get("urn")), action=action, because=tuple(names))
