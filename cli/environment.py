"""Reads the environment variables of the commands, and reports all problems at once."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx

from cli.exits import CommandError, Exit
from handlers.jobs.environment import Environment, SecretValueError, SettingsError

API_URL = "CLIPIT_API_URL"
API_KEY = "CLIPIT_API_KEY"
TABLE = "CLIPIT_TABLE"
QUEUE_URLS = "CLIPIT_QUEUE_URLS"
DEAD_LETTER_URLS = "CLIPIT_DEAD_LETTER_URLS"
WEBHOOK_SECRET_PREFIX = "CLIPIT_WEBHOOK_SECRET_PREFIX"  # noqa: S105 - a variable's name
REGION = "AWS_REGION"

_LONGEST_ADDRESS = 2000


class EnvironmentRefusedError(CommandError):
    """Environment variables are missing or invalid; the text names each of them."""

    code = Exit.USAGE


@contextmanager
def reading(source: str, variables: Mapping[str, str] = os.environ) -> Iterator[Environment]:
    """Wrap the reading of variables; `source` is a sentence about where their values come from.

    Raises:
        EnvironmentRefusedError: At the end of the block; names every variable that is missing or invalid.
    """
    environment = Environment(variables)
    yield environment
    try:
        environment.finish()
    except SettingsError as problem:
        raise EnvironmentRefusedError(f"{problem}. {source}") from None


def from_outputs(*outputs: str) -> str:
    """A sentence about where variables with these stack outputs come from."""
    return (
        f"`clipit local env` prints them for the local stack; for another stack, set them from "
        f"`pulumi stack output {' | '.join(outputs)}`."
    )


def is_address(text: str) -> bool:
    """Whether this is an http or https URL with a valid host and port."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
        host.encode("idna")
        httpx.URL(text)
    except (ValueError, httpx.InvalidURL):
        return False
    fits = len(text) <= _LONGEST_ADDRESS and text.isprintable() and " " not in text
    return fits and parts.scheme in {"http", "https"} and bool(host) and port != 0


def address(value: str) -> str:
    """The address of a service, without credentials in it."""
    if "@" in value:  # not quoted: it may contain a password
        raise SecretValueError("has a user name or password before an @; give only the address")
    if not is_address(value):
        raise ValueError("expected an address such as https://api.example.com")
    return value


def key_value(value: str) -> str:
    """An API key; messages never quote it."""
    if " " in value:
        raise SecretValueError("holds a space, which no API key does; give it as it was made")
    return header_value(value)


def header_value(value: str) -> str:
    """A text that fits into an HTTP header; messages never quote it, because it may be a key."""
    if not value.isascii() or not value.isprintable() or value != value.strip():
        raise SecretValueError(
            "holds what no HTTP header can carry: only ASCII letters, digits and signs are allowed, and no "
            "line breaks or spaces around them"
        )
    return value
