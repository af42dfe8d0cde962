"""What the group's failed activities mean: capacity, quota, configuration, and what helps against each."""

from collections.abc import Iterable

from handlers.scaler.decision.snapshot import LaunchError

# AWS's wording (Auto Scaling user guide, "Troubleshoot"; EC2 API error codes). The first match counts.
MEANINGS: tuple[tuple[LaunchError, tuple[str, ...]], ...] = (
    (LaunchError.THROTTLED, ("RequestLimitExceeded", "Request limit exceeded", "Throttling")),
    (
        LaunchError.QUOTA,
        (
            "VcpuLimitExceeded",
            "vCPU",
            "InstanceLimitExceeded",
            "MaxSpotInstanceCountExceeded",
            "VolumeLimitExceeded",
        ),
    ),
    (
        LaunchError.SPOT_CAPACITY,
        (
            "Could not launch Spot Instances",
            "SpotMaxPriceTooLow",
            "no Spot capacity",
            "UnfulfillableCapacity",
        ),
    ),
    (
        LaunchError.CAPACITY,
        (
            "InsufficientInstanceCapacity",
            "sufficient",
            "InsufficientFreeAddresses",
            "Unsupported",
            "not supported",
        ),
    ),
)

OUR_OWN = "lifecycle"
"""A launch that its hook gave up is a boot that failed: deadlines and the fleet breaker see to it."""


def classify(message: str) -> LaunchError:
    """The class of one failure; an unknown one is a matter of configuration (image, key, role, template)."""
    for meaning, signs in MEANINGS:
        if any(sign in message for sign in signs):
            return meaning
    return LaunchError.CONFIGURATION


def classes(messages: Iterable[str]) -> tuple[LaunchError, ...]:
    """The classes among these failures, each once; an instance that was launched and given up is none."""
    return tuple(sorted({classify(message) for message in messages if OUR_OWN not in message.lower()}))
