"""The scaler's settings, from its environment; every missing or invalid name is reported at once."""

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.jobs.environment import Environment, text
from handlers.scaler.codec import loads
from handlers.scaler.decision.limits import Limits


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one fleet's scaler."""

    region: str
    environment: str
    fleet: str
    group: str
    launch_hook: str
    terminate_hook: str
    queue_url: str
    table: str
    limits: Limits


def read(environment: Mapping[str, str]) -> Settings:
    """Read the settings from environment variables.

    Raises:
        SettingsError: Names every variable that is missing and every limit that is wrong.
    """
    reading = Environment(environment)
    # One, or none and a complaint.
    limits: list[Limits] = reading.get("CLIPIT_SCALER_LIMITS", lambda value: [loads(Limits, value)], [])
    region, name = reading.get("AWS_REGION", text, ""), reading.get("CLIPIT_ENVIRONMENT", text, "")
    fleet, group = reading.get("CLIPIT_FLEET", text, ""), reading.get("CLIPIT_GROUP_NAME", text, "")
    launch_hook = reading.get("CLIPIT_LAUNCH_HOOK", text, "")
    terminate_hook = reading.get("CLIPIT_TERMINATE_HOOK", text, "")
    queue_url, table = reading.get("CLIPIT_QUEUE_URL", text, ""), reading.get("CLIPIT_TABLE", text, "")
    reading.finish()
    return Settings(
        region=region,
        environment=name,
        fleet=fleet,
        group=group,
        launch_hook=launch_hook,
        terminate_hook=terminate_hook,
        queue_url=queue_url,
        table=table,
        limits=limits[0],
    )
