"""The scaler's environment as one value; everything wrong with it is said at once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from handlers.scaler.codec import loads
from handlers.scaler.decision.limits import Limits

NAMES = (
    "AWS_REGION",
    "CLIPIT_ENVIRONMENT",
    "CLIPIT_FLEET",
    "CLIPIT_GROUP_NAME",
    "CLIPIT_LAUNCH_HOOK",
    "CLIPIT_QUEUE_URL",
    "CLIPIT_SCALER_LIMITS",
    "CLIPIT_TABLE",
    "CLIPIT_TERMINATE_HOOK",
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Which fleet, where it lies, and what it is allowed."""

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
    """The settings in these environment variables.

    Raises:
        ValueError: naming every variable that is missing and every limit that is wrong.
    """
    wrong = [f"{name} is not set" for name in NAMES if not environment.get(name)]
    limits = None
    if environment.get("CLIPIT_SCALER_LIMITS"):
        try:
            limits = loads(Limits, environment["CLIPIT_SCALER_LIMITS"])
        except json.JSONDecodeError as error:
            wrong.append(f"CLIPIT_SCALER_LIMITS is not JSON: {error}")
        except ValueError as error:
            wrong.append(f"CLIPIT_SCALER_LIMITS: {error}")
    if wrong or limits is None:
        raise ValueError("settings of the scaler: " + "; ".join(wrong))
    return Settings(
        region=environment["AWS_REGION"],
        environment=environment["CLIPIT_ENVIRONMENT"],
        fleet=environment["CLIPIT_FLEET"],
        group=environment["CLIPIT_GROUP_NAME"],
        launch_hook=environment["CLIPIT_LAUNCH_HOOK"],
        terminate_hook=environment["CLIPIT_TERMINATE_HOOK"],
        queue_url=environment["CLIPIT_QUEUE_URL"],
        table=environment["CLIPIT_TABLE"],
        limits=limits,
    )
