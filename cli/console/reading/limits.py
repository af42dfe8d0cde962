"""What the console judges a fleet by, as the stack file states it."""

from collections.abc import Mapping
from dataclasses import dataclass

from cli import stack_settings


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Seconds within which a share of a fleet's renders should start, and after which a worker is silent."""

    objective_s: float
    quantile: float
    silent_s: float


def limits_of(stack: str) -> Mapping[str, Limits]:
    """The limits of each fleet.

    Raises:
        CommandError: The stack file is refused.
    """
    settings = stack_settings.read(stack)
    return {
        name: Limits(
            objective_s=fleet.scaling.wait_objective_s,
            quantile=fleet.scaling.wait_quantile,
            silent_s=settings.renders.silence_seconds,
        )
        for name, fleet in settings.fleets.items()
    }
