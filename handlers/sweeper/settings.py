"""The sweeper's settings, from its environment; every missing or invalid name is reported at once."""

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.jobs.environment import NO_FLEETS, Environment, SettingsError, fleets, text, whole


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the sweeper must be told."""

    environment: str
    region: str
    table: str
    fleets: Mapping[str, str]
    dead_letters: Mapping[str, str]
    attempt_limit: int
    dispatch_grace_seconds: int


def read(environ: Mapping[str, str]) -> Settings:
    """The settings in an environment.

    Raises:
        SettingsError: something is missing or wrong; all of it is named.
    """
    reading = Environment(environ)
    settings = Settings(
        environment=reading.get("CLIPIT_ENVIRONMENT", text, ""),
        region=reading.get("AWS_REGION", text, ""),
        table=reading.get("CLIPIT_TABLE", text, ""),
        fleets=reading.get("CLIPIT_FLEETS", fleets, NO_FLEETS),
        dead_letters=reading.get("CLIPIT_DEAD_LETTER_URLS", fleets, NO_FLEETS),
        attempt_limit=reading.get("CLIPIT_ATTEMPT_LIMIT", whole(1, 100), 1),
        dispatch_grace_seconds=reading.get("CLIPIT_DISPATCH_GRACE_SECONDS", whole(1, 3600), 1),
    )
    reading.finish()
    if settings.fleets.keys() != settings.dead_letters.keys():
        raise SettingsError(
            f"environment: CLIPIT_FLEETS names {sorted(settings.fleets)} and CLIPIT_DEAD_LETTER_URLS "
            f"{sorted(settings.dead_letters)}; give both the same fleets"
        )
    return settings
