"""The settings that stay as they are for the life of a stack.

Everything that holds data or work is named, addressed or placed by them: with another value AWS would have to
replace all of it.
"""

from collections.abc import Iterator, Mapping
from operator import attrgetter

from components.settings.stack_settings import NAMESPACE, Settings

FIXED = ("deployment.environment", "deployment.account_id", "deployment.region", "network.cidr")


def fixed(settings: Settings) -> dict[str, str]:
    """The fixed settings by their path, as a stack exports them for its next deployment."""
    return {path: str(attrgetter(path)(settings)) for path in FIXED}


def refused_changes(settings: Settings, deployed: Mapping[str, object]) -> Iterator[str]:
    """What is wrong with changing a stack of these fixed settings; empty for one that is not deployed."""
    for path, value in fixed(settings).items():
        if path in deployed and deployed[path] != value:
            yield (
                f"{NAMESPACE}:{path}: {value!r} given; {deployed[path]!r} is deployed, and a stack keeps it. "
                "Deploy a second stack with the new value and take this one down (docs/changes.md)."
            )
