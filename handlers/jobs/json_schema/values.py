"""JSON values, the places in them, and how a message quotes them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
Schema: TypeAlias = Mapping[str, Json]

LONGEST_SHOWN: Final = 60
"""Characters of a value, or of a field's name, that are quoted."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A mistake and its place, as a JSON pointer into the value."""

    pointer: str
    detail: str


def shown(value: Json) -> str:
    """A value as a finding may quote it: short, on one line, without reading all of a long value."""
    match value:
        case list():
            return "an array"
        case dict():
            return "an object"
        case str():
            text = json.dumps(value[: LONGEST_SHOWN + 1])
        case _:
            text = json.dumps(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


def pointer(at: str, step: str | int) -> str:
    """One step further down (RFC 6901); unprintable characters are escaped."""
    if isinstance(step, int):
        return f"{at}/{step}"
    name = step
    if not name.isprintable():
        name = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in name)
    if "~" in name or "/" in name:
        name = name.replace("~", "~0").replace("/", "~1")
    return f"{at}/{name}"
