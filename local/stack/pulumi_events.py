"""The Pulumi CLI's event log, read line by line into what a person wants to know (no side effects).

The shapes are those of `sdk/go/common/apitype/events.go` in pulumi/pulumi.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Event: TypeAlias = Mapping[str, object]

_OURS = "clip-it:"
_CHANGING = frozenset({"create", "update", "delete", "replace", "create-replacement", "delete-replaced"})
_COLORS = re.compile(r"\x1b\[[0-9;]*m|<\{%[^%]*%\}>")


@dataclass
class Component:
    """How far a component has come."""

    name: str
    started: int = 0
    done: int = 0


@dataclass
class Progress:
    """What a run of the Pulumi CLI has come to so far."""

    components: dict[str, Component] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    """What program and plugins wrote to standard error."""
    changes: Mapping[str, int] = field(default_factory=dict)
    operations: Counter[str] = field(default_factory=Counter)

    @property
    def done(self) -> int:
        """Resources that are finished."""
        return sum(component.done for component in self.components.values())

    @property
    def started(self) -> int:
        """Resources that were begun."""
        return sum(component.started for component in self.components.values())

    def add(self, event: Event) -> str | None:
        """Take one event in; the name of the component that it is about, if any."""
        if resource := _part(event, "resourcePreEvent"):
            return self._resource(resource, begun=True)
        if resource := _part(event, "resOutputsEvent"):
            return self._resource(resource, begun=False)
        if failed := _part(event, "resOpFailedEvent"):
            urn = str(_part(failed, "metadata").get("urn", ""))
            self.errors.append(f"{urn.rpartition('::')[2]}: the operation failed")
        if policy := _part(event, "policyEvent"):
            self._policy(policy)
        if diagnostic := _part(event, "diagnosticEvent"):
            self._diagnostic(diagnostic)
        if summary := _part(event, "summaryEvent"):
            changes = _part(summary, "resourceChanges")
            self.changes = {str(kind): int(str(count)) for kind, count in changes.items()}
        return None

    def _resource(self, event: Event, *, begun: bool) -> str | None:
        metadata = _part(event, "metadata")
        urn, operation = str(metadata.get("urn", "")), str(metadata.get("op", ""))
        name = component_of(urn, metadata)
        if name is None or operation not in _CHANGING:
            return None
        component = self.components.setdefault(name, Component(name=name))
        if begun:
            component.started += 1
        else:
            component.done += 1
            self.operations[operation] += 1
        return name

    def _policy(self, event: Event) -> None:
        if event.get("enforcementLevel") == "mandatory":
            resource = str(event.get("resourceUrn", "")).rpartition("::")[2]
            message = plain(str(event.get("message", "")))
            self.violations.append(f"{event.get('policyName')} ({resource}): {message}")

    def _diagnostic(self, event: Event) -> None:
        resource = str(event.get("urn", "")).rpartition("::")[2]
        message = plain(str(event.get("message", "")))
        if event.get("severity") == "info#err":
            self.messages.append(message)
        elif event.get("severity") == "error" and not event.get("ephemeral"):
            self.errors.append(f"{resource}: {message}" if resource else message)


def component_of(urn: str, metadata: Event) -> str | None:
    """The component to which a resource belongs; none for the component itself, providers and the stack."""
    parts = urn.split("::")
    kinds = parts[2].split("$") if len(parts) > 2 else []  # noqa: PLR2004 - stack, project, kinds
    if len(kinds) < 2 or not any(kind.startswith(_OURS) for kind in kinds[:-1]):  # noqa: PLR2004 - parent and child
        return None
    state = _part(metadata, "new") or _part(metadata, "old")
    parent = str(state.get("parent", ""))
    owner = parent.rpartition("::")[2]
    return owner or kinds[0].rpartition(":")[2]


def plain(text: str) -> str:
    """A message of the Pulumi CLI without colors and surrounding space."""
    return _COLORS.sub("", text).strip()


def _part(event: Event, name: str) -> Event:
    part = event.get(name)
    return part if isinstance(part, Mapping) else {}
