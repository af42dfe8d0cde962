"""Settings that the API keeps as a map of named texts: those of queues, topics and subscriptions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from local.provider.types.props import Props
from local.provider.types.resource import Change, Outputs


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """One setting: its name at the API, and how its text is read.

    `unset` is sent when the program takes the property away. `readable` is False for what the API keeps to
    itself. `shared` may belong to a resource of its own, and is seen only where the program gave it.
    """

    api: str
    kind: Literal["text", "number", "flag"] = "text"
    unset: str = ""
    readable: bool = True
    shared: bool = False


Attributes: TypeAlias = Mapping[str, Attribute]


def given(table: Attributes, inputs: Props) -> dict[str, str]:
    """The attributes that the program gives, as a creating call takes them."""
    return {one.api: text for ours, one in table.items() if (text := inputs.maybe_text(ours))}


def changed(table: Attributes, change: Change) -> dict[str, str]:
    """The attributes that an update changes."""
    touched = {ours: one for ours, one in table.items() if change.touches(ours)}
    return {one.api: change.inputs.maybe_text(ours) or one.unset for ours, one in touched.items()}


def seen(table: Attributes, state: Props, answer: Props) -> Outputs:
    """The properties as the API's answer has them."""
    return {ours: _read(one, answer) for ours, one in _shown(table, state)}


def _shown(table: Attributes, state: Props) -> Iterable[tuple[str, Attribute]]:
    return (
        (ours, one) for ours, one in table.items() if one.readable and (not one.shared or state.has(ours))
    )


def _read(one: Attribute, answer: Props) -> object:
    match one.kind:
        case "number":
            return answer.maybe_number(one.api)
        case "flag":
            return answer.flag(one.api)
        case "text":
            return answer.maybe_text(one.api) or ""
