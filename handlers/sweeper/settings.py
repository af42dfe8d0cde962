"""The sweeper's settings, from its environment; every missing or invalid name is reported at once."""

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.jobs.environment import NO_QUEUES, Environment, SettingsError, names, queue_urls, text, whole


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of the sweeper."""

    environment: str
    region: str
    table: str
    inputs_bucket: str
    outputs_bucket: str
    queue_urls: Mapping[str, str]
    dead_letter_urls: Mapping[str, str]
    notification_queue_url: str
    attempt_limit: int
    dispatch_grace_seconds: int
    removed_fleets: tuple[str, ...]


def read(environ: Mapping[str, str]) -> Settings:
    """Read the settings from environment variables.

    Raises:
        SettingsError: Names every variable that is missing or invalid.
    """
    reading = Environment(environ)
    settings = Settings(
        environment=reading.get("CLIPIT_ENVIRONMENT", text, ""),
        region=reading.get("AWS_REGION", text, ""),
        table=reading.get("CLIPIT_TABLE", text, ""),
        inputs_bucket=reading.get("CLIPIT_INPUTS_BUCKET", text, ""),
        outputs_bucket=reading.get("CLIPIT_OUTPUTS_BUCKET", text, ""),
        queue_urls=reading.get("CLIPIT_QUEUE_URLS", queue_urls, NO_QUEUES),
        dead_letter_urls=reading.get("CLIPIT_DEAD_LETTER_URLS", queue_urls, NO_QUEUES),
        notification_queue_url=reading.get("CLIPIT_NOTIFICATION_QUEUE_URL", text, ""),
        attempt_limit=reading.get("CLIPIT_ATTEMPT_LIMIT", whole(1, 100), 1),
        dispatch_grace_seconds=reading.get("CLIPIT_DISPATCH_GRACE_SECONDS", whole(1, 3600), 1),
        removed_fleets=reading.get("CLIPIT_REMOVED_FLEETS", names, ()),
    )
    reading.finish()
    if settings.queue_urls.keys() != settings.dead_letter_urls.keys():
        raise SettingsError(
            f"environment: CLIPIT_QUEUE_URLS names {sorted(settings.queue_urls)} and CLIPIT_DEAD_LETTER_URLS "
            f"{sorted(settings.dead_letter_urls)}; give both the same fleets"
        )
    return settings
