"""A fleet that is always as large as the largest moment needs."""

from dataclasses import dataclass

from simulator.scaling_policy import ScalingPolicy, World


@dataclass
class StaticPeak(ScalingPolicy):
    """Never scales."""

    name: str = "static peak"

    def look(self, world: World) -> float:
        """Only once."""
        world.set_desired(self.minimum)
        return float("inf")
