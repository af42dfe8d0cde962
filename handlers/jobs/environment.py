"""Reads settings from environment variables, and reports all problems at once."""

import json
from collections.abc import Callable, Mapping
from typing import TypeVar

T = TypeVar("T")


class SettingsError(ValueError):
    """The environment variables are invalid; the text names each one to change."""


class SecretValueError(ValueError):
    """A value that may be a secret is invalid; the text does not quote the value."""


class Environment:
    """Environment variables that are being read."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._complaints: list[str] = []

    def get(self, name: str, parse: Callable[[str], T], instead: T) -> T:
        """A variable's value, or `instead` and a complaint when it is missing or invalid."""
        if not self._variables.get(name, "").strip():
            self._complaints.append(f"{name} is missing")
            return instead
        return self.optional(name, parse, instead)

    def optional(self, name: str, parse: Callable[[str], T], default: T) -> T:
        """A variable's value, or the default when it is missing; an invalid value adds a complaint."""
        text = self._variables.get(name, "")
        if not text.strip():
            return default
        try:
            return parse(text)
        except SecretValueError as error:
            self._complaints.append(f"{name} {error}")
            return default
        except ValueError as error:
            self._complaints.append(f"{name} is {text[:80]!r}: {error}")
            return default

    def complain(self, sentence: str) -> None:
        """Add a complaint about values that do not fit together."""
        self._complaints.append(sentence)

    def finish(self) -> None:
        """End the reading.

        Raises:
            SettingsError: Names every variable that was missing or invalid.
        """
        if self._complaints:
            raise SettingsError("environment: " + "; ".join(self._complaints))


def text(value: str) -> str:
    """Any text."""
    return value


def whole(least: int, most: int) -> Callable[[str], int]:
    """A whole number within bounds."""

    def parse(value: str) -> int:
        if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
            raise ValueError(f"expected a whole number from {least} to {most}")
        return int(value)

    return parse


def queue_urls(value: str) -> Mapping[str, str]:
    """The URL of each fleet's queue, from a JSON object."""
    wanted = "expected a JSON object of fleet names and queue URLs, at least one"
    try:
        parsed = json.loads(value)
    except ValueError as error:
        raise ValueError(wanted) from error
    if (
        not isinstance(parsed, dict)
        or not parsed
        or not all(isinstance(u, str) and u for u in parsed.values())
    ):
        raise ValueError(wanted)
    return parsed


NO_QUEUES: Mapping[str, str] = {}


def names(value: str) -> tuple[str, ...]:
    """Names in a JSON list, which may be empty."""
    wanted = "expected a JSON list of names"
    try:
        parsed = json.loads(value)
    except ValueError as error:
        raise ValueError(wanted) from error
    if not isinstance(parsed, list) or not all(isinstance(one, str) and one for one in parsed):
        raise ValueError(wanted)
    return tuple(parsed)
