"""The notifier's settings, read from environment variables."""

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.jobs.environment import Environment, text, whole
from handlers.jobs.outgoing.webhook_urls import WebhookTargets


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of the notifier."""

    region: str
    environment: str
    table: str
    queue_url: str
    secret_prefix: str
    targets: WebhookTargets
    delivery_limit: int


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Read the settings from environment variables.

    Raises:
        SettingsError: Names every variable that is missing or invalid.
    """
    reading = Environment(environment)
    settings = Settings(
        region=reading.get("AWS_REGION", text, ""),
        environment=reading.get("CLIPIT_ENVIRONMENT", text, ""),
        table=reading.get("CLIPIT_TABLE", text, ""),
        queue_url=reading.get("CLIPIT_NOTIFICATION_QUEUE_URL", text, ""),
        secret_prefix=reading.get("CLIPIT_WEBHOOK_SECRET_PREFIX", text, "").rstrip("/"),
        targets=reading.get("CLIPIT_WEBHOOK_TARGETS", _targets, WebhookTargets.PUBLIC),
        delivery_limit=reading.get("CLIPIT_DELIVERY_LIMIT", whole(1, 100), 1),
    )
    reading.finish()
    return settings


def _targets(value: str) -> WebhookTargets:
    allowed = [target.value for target in WebhookTargets]
    if value not in allowed:
        raise ValueError(f"expected one of {', '.join(allowed)}")
    return WebhookTargets(value)
