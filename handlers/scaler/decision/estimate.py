"""A mean that forgets slowly."""

from dataclasses import dataclass
from typing import ClassVar

RECENT = 200.0
"""About so many observations make up a mean, or a picture of durations or gaps."""
BELIEVED = 3.0
"""What is stated or expected beforehand counts as so many of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A mean over about the last two hundred observations."""

    RETIRED: ClassVar = frozenset({"square"})

    count: float = 0.0
    mean: float = 0.0

    def observed(self, value: float) -> "Estimate":
        """The estimate after one more observation."""
        weight = 1 / min(self.count + 1, RECENT)
        return Estimate(count=self.count + 1, mean=self.mean + weight * (value - self.mean))

    def blended(self, believed: float) -> float:
        """The mean, with what was believed beforehand counting as a few observations."""
        return (self.mean * self.count + believed * BELIEVED) / (self.count + BELIEVED)
