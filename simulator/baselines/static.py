"""A fleet that is always as large as the largest moment needs."""

from dataclasses import dataclass

from simulator.policy import Policy, World


@dataclass
class StaticPeak(Policy):
    """Never scales."""

    name: str = "static peak"

    def look(self, world: World) -> float:
        """Only once."""
        world.set_desired(self.minimum)
        return float("inf")
