"""A mean that forgets slowly, and what it says about the next observation."""

from dataclasses import dataclass

RECENT = 200.0
ENOUGH = 12
WILDEST = 25.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A mean and a mean square over about the last two hundred observations."""

    count: float = 0.0
    mean: float = 0.0
    square: float = 0.0

    def observed(self, value: float) -> "Estimate":
        """The estimate after one more observation."""
        weight = 1 / min(self.count + 1, RECENT)
        return Estimate(
            count=self.count + 1,
            mean=self.mean + weight * (value - self.mean),
            square=self.square + weight * (value * value - self.square),
        )

    def blended(self, believed: float, trust: float = 3.0) -> float:
        """The mean, with what was believed beforehand counting as a few observations."""
        return (self.mean * self.count + believed * trust) / (self.count + trust)

    @property
    def variation(self) -> float:
        """The squared coefficient of variation; 1, the exponential's, until a dozen values are known."""
        squared = self.mean * self.mean
        if self.count < ENOUGH or squared <= 0:
            return 1.0
        return min(max(0.0, self.square / squared - 1.0), WILDEST)
