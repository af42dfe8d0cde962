"""What a preview would change, read from its event log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from cli.event_log import Event, EventLogError, events_in, of_kind, summary_of

STACK_PART, TYPE_PART, NAME_PART, PARTS = 0, 2, 3, 4
URN_PREFIX = "urn:pulumi:"


class Action(StrEnum):
    """What happens to a resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    IMPORT = "import"


# The Pulumi CLI's steps (`pkg/resource/deploy/step.go`, StepOp) by what they mean for the resource; the three
# steps of a replacement are one action, and the steps that are not here leave the resource as it is.
_ACTIONS = {
    "create": Action.CREATE,
    "update": Action.UPDATE,
    "delete": Action.DELETE,
    "replace": Action.REPLACE,
    "create-replacement": Action.REPLACE,
    "delete-replaced": Action.REPLACE,
    "import": Action.IMPORT,
    "import-replacement": Action.REPLACE,
}


@dataclass(frozen=True, kw_only=True)
class Change:
    """One resource that would not stay as it is; `because` names the inputs that differ."""

    urn: str
    action: Action
    because: tuple[str, ...] = ()
    before: Mapping[str, object] = field(default_factory=dict)
    after: Mapping[str, object] = field(default_factory=dict)

    @property
    def type(self) -> str:
        """The resource type, without its parents."""
        return self.urn.split("::")[TYPE_PART].rsplit("$", 1)[-1]

    @property
    def name(self) -> str:
        """The logical name."""
        return self.urn.split("::", NAME_PART)[NAME_PART]


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The changes of one preview or update, in its own order; an incomplete one ended with an error."""

    stack: str
    changes: tuple[Change, ...]
    unchanged: int
    complete: bool


def read(text: str) -> Preview:
    """Read the event log of a preview or an update.

    Raises:
        EventLogError: The text is no event log, or one that does not come to an end.
    """
    events = events_in(text)
    end = summary_of(events)
    steps = list(of_kind(list(of_kind(events, "resourcePreEvent")), "metadata"))
    urns = [_urn(step) for step in steps]
    counts = end.get("resourceChanges")
    return Preview(
        stack=urns[0].removeprefix(URN_PREFIX).split("::")[STACK_PART] if urns else "",
        changes=tuple(_changes(steps)),
        unchanged=int(counts.get("same", 0)) if isinstance(counts, dict) else 0,
        complete=end.get("result", "succeeded") == "succeeded",
    )


def _urn(step: Event) -> str:
    urn = step.get("urn")
    if not isinstance(urn, str) or urn.count("::") < PARTS - 1:
        raise EventLogError(f"an event is about {urn!r}, which is no URN; give the file of --event-log")
    return urn


def _changes(steps: Sequence[Event]) -> Iterator[Change]:
    by_urn: dict[str, list[Event]] = {}
    for step in steps:
        if str(step.get("op")) in _ACTIONS and _custom(step):
            by_urn.setdefault(_urn(step), []).append(step)
    for urn, own in by_urn.items():
        actions = {_ACTIONS[str(step["op"])] for step in own}
        yield Change(
            urn=urn,
            action=Action.REPLACE if Action.REPLACE in actions else actions.pop(),
            because=tuple(sorted(set(_because(own)))),
            before=_inputs(own, "old"),
            after=_inputs(own, "new"),
        )


def _custom(step: Event) -> bool:
    """Tell a resource from a component, which is nothing in the cloud."""
    states = [state for key in ("old", "new") if isinstance(state := step.get(key), dict)]
    return any(state.get("custom") for state in states)


def _because(steps: Sequence[Event]) -> Iterator[str]:
    for step in steps:
        for key in ("keys", "diffs"):
            named = step.get(key)
            yield from (str(name) for name in (named if isinstance(named, list) else ()))


def _inputs(steps: Sequence[Event], side: str) -> Mapping[str, object]:
    for step in steps:
        state = step.get(side)
        if isinstance(state, dict) and isinstance(inputs := state.get("inputs"), dict):
            return inputs
    return {}
