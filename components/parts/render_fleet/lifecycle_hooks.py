"""What holds back an instance between two states of its life. Knows no resources."""

from dataclasses import dataclass

from components import settings
from components.naming.fleet_names import LAUNCH_HOOK, TERMINATE_HOOK


@dataclass(frozen=True, kw_only=True)
class Hook:
    """For how long an instance waits between two states, and what happens when nobody spoke by then."""

    name: str
    transition: str
    default: str
    seconds: int


def hooks(fleet: settings.Fleet) -> tuple[Hook, Hook]:
    """An instance that was not verified never serves; one that ends may finish its render."""
    return (
        Hook(
            name=LAUNCH_HOOK,
            transition="autoscaling:EC2_INSTANCE_LAUNCHING",
            default="ABANDON",
            seconds=fleet.boot_deadline_seconds,
        ),
        Hook(
            name=TERMINATE_HOOK,
            transition="autoscaling:EC2_INSTANCE_TERMINATING",
            default="CONTINUE",
            seconds=fleet.drain_deadline_seconds,
        ),
    )
