"""Reads settings from environment variables and remembers every complaint, so that all are told at once."""

import json
from collections.abc import Callable, Mapping
from typing import TypeVar

T = TypeVar("T")


class SettingsError(ValueError):
    """The environment cannot be used; the text names each variable that must be changed."""


class SecretValueError(ValueError):
    """What is wrong with a value that may be a secret, as a sentence about it: the value is not quoted."""


class Environment:
    """An environment that is being read."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._complaints: list[str] = []

    def get(self, name: str, parse: Callable[[str], T], instead: T) -> T:
        """A variable's value; when it is missing or wrong that is noted and `instead` stands in."""
        if not self._variables.get(name, ""):
            self._complaints.append(f"{name} is missing")
            return instead
        return self.optional(name, parse, instead)

    def optional(self, name: str, parse: Callable[[str], T], default: T) -> T:
        """A variable's value, or the default when it is missing; a wrong value is noted."""
        text = self._variables.get(name, "")
        if not text:
            return default
        try:
            return parse(text)
        except SecretValueError as error:
            self._complaints.append(f"{name} {error}")
            return default
        except ValueError as error:
            self._complaints.append(f"{name} is {text[:80]!r}: {error}")
            return default

    def finish(self) -> None:
        """Everything has been read.

        Raises:
            SettingsError: something was missing or wrong; all of it is named.
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
