"""What the notifier reads from its environment."""

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.jobs.webhook_urls import WebhookTargets

_TEXTS = (
    "AWS_REGION",
    "CLIPIT_ENVIRONMENT",
    "CLIPIT_TABLE",
    "CLIPIT_NOTIFICATION_QUEUE_URL",
    "CLIPIT_WEBHOOK_SECRET_PREFIX",
)
_MOST_DELIVERIES = 100


class SettingsError(ValueError):
    """The environment cannot be used; the text names everything that is wrong."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything the notifier is told from outside."""

    region: str
    environment: str
    table: str
    queue_url: str
    secret_prefix: str
    targets: WebhookTargets
    delivery_limit: int


def from_environment(environment: Mapping[str, str]) -> Settings:
    """The settings in an environment.

    Raises:
        SettingsError: naming every variable that is missing or wrong.
    """
    complaints = [f"{name} is missing." for name in _TEXTS if not environment.get(name, "").strip()]
    targets, limit = (
        environment.get(name, "") for name in ("CLIPIT_WEBHOOK_TARGETS", "CLIPIT_DELIVERY_LIMIT")
    )
    allowed = [target.value for target in WebhookTargets]
    if targets not in allowed:
        complaints.append(f"CLIPIT_WEBHOOK_TARGETS is {targets!r}; it must be one of {', '.join(allowed)}.")
    if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit) <= _MOST_DELIVERIES:
        told = f"it must be a whole number from 1 to {_MOST_DELIVERIES}."
        complaints.append(f"CLIPIT_DELIVERY_LIMIT is {limit!r}; {told}")
    if complaints:
        raise SettingsError(" ".join(complaints))
    return Settings(
        region=environment["AWS_REGION"],
        environment=environment["CLIPIT_ENVIRONMENT"],
        table=environment["CLIPIT_TABLE"],
        queue_url=environment["CLIPIT_NOTIFICATION_QUEUE_URL"],
        secret_prefix=environment["CLIPIT_WEBHOOK_SECRET_PREFIX"].rstrip("/"),
        targets=WebhookTargets(targets),
        delivery_limit=int(limit),
    )
