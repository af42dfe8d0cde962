"""What was observed of a fleet: arrivals, service times, boots and waits, in numbers that stay small."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

BUCKET_S = 60.0
BUCKETS = 60
RECENT = 200.0


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
        if self.count < 12 or self.mean <= 0:  # noqa: PLR2004 - a dozen
            return 1.0
        return max(0.0, self.square / (self.mean * self.mean) - 1.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Boot:
    """An instance on its way: when it was launched, its stage, and since when."""

    launched_at: float
    stage: str
    since: float


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """All observations up to now; each method returns the history after one more.

    Attributes:
        arrivals: jobs per minute of the last hour, oldest first; the last entry is the minute that runs.
        minute: when the running minute began.
        service: seconds of finished renders.
        templates: the same per template.
        boot: seconds from launch to ready.
        late: share of renders that started later than the objective (mean of zeros and ones).
        booting: the instances that are not yet ready.
    """

    arrivals: tuple[int, ...] = (0,)
    minute: float = 0.0
    service: Estimate = field(default_factory=Estimate)
    templates: Mapping[str, Estimate] = field(default_factory=lambda: MappingProxyType({}))
    boot: Estimate = field(default_factory=Estimate)
    late: Estimate = field(default_factory=Estimate)
    booting: Mapping[str, Boot] = field(default_factory=lambda: MappingProxyType({}))

    def at(self, now: float) -> "History":
        """The history with its minutes moved on to the present."""
        if self.minute == 0.0 and self.arrivals == (0,):
            return replace(self, minute=now)
        passed = int((now - self.minute) // BUCKET_S)
        if passed <= 0:
            return self
        grown = (*self.arrivals, *((0,) * min(passed, BUCKETS)))[-BUCKETS:]
        return replace(self, arrivals=grown, minute=self.minute + passed * BUCKET_S)

    def arrived(self, now: float, jobs: int = 1) -> "History":
        """Jobs came in."""
        moved = self.at(now)
        return replace(moved, arrivals=(*moved.arrivals[:-1], moved.arrivals[-1] + jobs))

    def started(self, wait_s: float, objective_s: float) -> "History":
        """A render began after this wait."""
        return replace(self, late=self.late.observed(1.0 if wait_s > objective_s else 0.0))

    def finished(self, service_s: float, template: str | None = None) -> "History":
        """A render ended after this many seconds of work."""
        known = replace(self, service=self.service.observed(service_s))
        if template is None:
            return known
        learned = self.templates.get(template, Estimate()).observed(service_s)
        return replace(known, templates=MappingProxyType({**self.templates, template: learned}))

    def booted(self, seconds: float) -> "History":
        """An instance became ready this long after its launch."""
        return replace(self, boot=self.boot.observed(seconds))
