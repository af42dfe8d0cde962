"""The job server's settings, from its environment; every missing or invalid name is reported at once."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from handlers.jobs.webhook_urls import WebhookTargets

T = TypeVar("T")


class SettingsError(ValueError):
    """The environment cannot be used; the text names each variable that must be changed."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the job server must be told."""

    environment: str
    region: str
    table: str
    fleets: Mapping[str, str]
    default_fleet: str
    inputs_bucket: str
    outputs_bucket: str
    attempt_limit: int
    retention_days: int
    webhook_targets: WebhookTargets
    tenant_queued_limit: int
    port: int


def read(environ: Mapping[str, str]) -> Settings:
    """The settings in an environment.

    Raises:
        SettingsError: something is missing or wrong; all of it is named.
    """
    reading = _Reading(environ)
    none: Mapping[str, str] = {}
    fleets = reading.get("CLIPIT_FLEETS", _fleets, none)
    settings = Settings(
        environment=reading.get("CLIPIT_ENVIRONMENT", _text, ""),
        region=reading.get("AWS_REGION", _text, ""),
        table=reading.get("CLIPIT_TABLE", _text, ""),
        fleets=fleets,
        default_fleet=reading.get("CLIPIT_DEFAULT_FLEET", _one_of(fleets), ""),
        inputs_bucket=reading.get("CLIPIT_INPUTS_BUCKET", _text, ""),
        outputs_bucket=reading.get("CLIPIT_OUTPUTS_BUCKET", _text, ""),
        attempt_limit=reading.get("CLIPIT_ATTEMPT_LIMIT", _whole(1, 100), 1),
        retention_days=reading.get("CLIPIT_RETENTION_DAYS", _whole(1, 3650), 1),
        webhook_targets=reading.get("CLIPIT_WEBHOOK_TARGETS", _targets, WebhookTargets.PUBLIC),
        tenant_queued_limit=reading.get("CLIPIT_TENANT_QUEUED_LIMIT", _whole(1, 1_000_000), 1),
        port=reading.get("CLIPIT_PORT", _whole(1, 65535), 1),
    )
    if reading.complaints:
        raise SettingsError("environment: " + "; ".join(reading.complaints))
    return settings


class _Reading:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.complaints: list[str] = []

    def get(self, name: str, parse: Callable[[str], T], instead: T) -> T:
        text = self._environ.get(name, "")
        if not text:
            self.complaints.append(f"{name} is missing")
            return instead
        try:
            return parse(text)
        except ValueError as error:
            self.complaints.append(f"{name} is {text[:80]!r}: {error}")
            return instead


def _text(text: str) -> str:
    return text


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise ValueError(f"expected a whole number from {least} to {most}")
        return int(text)

    return parse


def _targets(text: str) -> WebhookTargets:
    try:
        return WebhookTargets(text)
    except ValueError as error:
        raise ValueError(f"expected {' or '.join(WebhookTargets)}") from error


def _fleets(text: str) -> Mapping[str, str]:
    wanted = "expected a JSON object of fleet names and queue URLs, at least one"
    try:
        fleets = json.loads(text)
    except ValueError as error:
        raise ValueError(wanted) from error
    if (
        not isinstance(fleets, dict)
        or not fleets
        or not all(isinstance(url, str) and url for url in fleets.values())
    ):
        raise ValueError(wanted)
    return fleets


def _one_of(fleets: Mapping[str, str]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in fleets:
            raise ValueError(
                f"expected one of the fleets in CLIPIT_FLEETS: {', '.join(fleets) or 'none given'}"
            )
        return text

    return parse
