"""The options of a rule and their defaults."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, Union

from guardrails.resources.values import Block, Value, plain

Default: TypeAlias = Union[bool, int, str, "list[Default]", "dict[str, Default]"]
KINDS: dict[str, type | tuple[type, ...]] = {
    "boolean": bool,
    "number": (int, float),
    "string": str,
    "array": list,
    "object": dict,
}


@dataclass(frozen=True, kw_only=True)
class Option:
    """One property of a rule's configuration; its default decides its type."""

    name: str
    default: Default
    description: str
    # What its members are like, where the default is empty.
    like: Default | None = None
    # What is wrong with a text of the right type, empty when nothing is.
    wrong: Callable[[str], str] | None = None

    @property
    def kind(self) -> str:
        """The JSON type of the option."""
        return _kind(self.default)

    def accepts(self, value: object) -> bool:
        """Whether a rule can use a configured value."""
        return not self.problem(value)

    def problem(self, value: object) -> str:
        """Why a rule cannot use a configured value, empty when it can."""
        example = self.default if self.like is None else self.like
        if not _like(value, example):
            return f"it must be like {json.dumps(self.like or self.default)}"
        if isinstance(value, int | float) and value < 0:
            return "it is below 0"
        return self.wrong(value) if self.wrong and isinstance(value, str) else ""

    def schema(self) -> dict[str, object]:
        """The option in the SDK's configuration schema."""
        return {"type": self.kind, "description": self.description, "default": self.default}


def no_pattern(text: str) -> str:
    """Why a text is no regular expression, empty when it is one."""
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as broken:
        return f"it is no regular expression: {broken}"
    return ""


def _like(value: object, default: Default) -> bool:
    """Whether a value is of the default's kind, and its members of the kind of the default's first."""
    if _kind(value) != _kind(default):
        return False
    if isinstance(default, list | dict) and isinstance(value, list | dict):
        first = next(iter(default.values() if isinstance(default, dict) else default), None)
        members = value.values() if isinstance(value, dict) else value
        return first is None or all(_like(member, first) for member in members)
    return True


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    return next((kind for kind, types in KINDS.items() if isinstance(value, types)), "")


class Options:
    """The values in force for one rule; what is configured with a wrong type is left at its default."""

    def __init__(self, declared: tuple[Option, ...], configured: Mapping[str, object] | None = None) -> None:
        given = {key: (configured or {})[key] for key in configured or {}}
        self._values: Block = {
            option.name: plain(
                given[option.name] if option.accepts(given.get(option.name)) else option.default
            )
            for option in declared
        }

    def value(self, name: str) -> Value:
        """The option as it is."""
        return self._values[name]

    def number(self, name: str) -> float:
        """An option that is a number."""
        value = self._values[name]
        return float(value) if isinstance(value, int | float) else 0.0

    def flag(self, name: str) -> bool:
        """An option that is a boolean."""
        return self._values[name] is True

    def texts(self, name: str) -> tuple[str, ...]:
        """An option that is a list of texts."""
        value = self._values[name]
        return tuple(str(element) for element in value) if isinstance(value, list) else ()

    def numbers(self, name: str) -> tuple[float, ...]:
        """An option that is a list of numbers."""
        value = self._values[name]
        elements = value if isinstance(value, list) else []
        return tuple(float(element) for element in elements if isinstance(element, int | float))

    def block(self, name: str) -> Block:
        """An option that is an object."""
        value = self._values[name]
        return value if isinstance(value, dict) else {}
