"""What was observed of a fleet: arrivals, service times, boots and waits, in numbers that stay small."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

BUCKET_S = 60.0
BUCKETS = 60
RECENT = 200.0
AIM = 0.5
INERTIA = 20.0
LEAST, MOST = -3.0, 1.5


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
    """All observations up to now.

    Attributes:
        arrivals: jobs per minute of the last hour, oldest first; the last entry is the minute that runs.
        minute: when the running minute began.
        service: seconds of finished renders.
        templates: the same per template.
        boot: seconds from launch to ready.
        late: share of renders that started later than the objective (mean of zeros and ones).
        pressure: logarithm of what lateness costs over its price; rises with late starts beyond the allowed share.
        booting: the instances that are not yet ready.
    """

    arrivals: tuple[int, ...] = (0,)
    minute: float = 0.0
    service: Estimate = field(default_factory=Estimate)
    templates: Mapping[str, Estimate] = field(default_factory=lambda: MappingProxyType({}))
    boot: Estimate = field(default_factory=Estimate)
    late: Estimate = field(default_factory=Estimate)
    pressure: float = 0.0
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

    def after(self, news: "News", *, now: float, objective_s: float, quantile: float = 0.95) -> "History":
        """The history after some news."""
        moved = self.at(now)
        late, service, boot, templates = moved.late, moved.service, moved.boot, moved.templates
        pressure = moved.pressure
        for wait in news.waits:
            is_late = 1.0 if wait > objective_s else 0.0
            late = late.observed(is_late)
            pressure = min(max(pressure + (is_late - AIM * (1 - quantile)) / INERTIA, LEAST), MOST)
        for seconds, template in news.served:
            service = service.observed(seconds)
            if template:
                templates = {**templates, template: templates.get(template, Estimate()).observed(seconds)}
        for seconds in news.boots:
            boot = boot.observed(seconds)
        return replace(
            moved,
            arrivals=(*moved.arrivals[:-1], moved.arrivals[-1] + news.arrived),
            service=service,
            templates=templates,
            boot=boot,
            late=late,
            pressure=pressure,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """What happened since the last look.

    Attributes:
        arrived: jobs that came in.
        waits: seconds that each started render had waited.
        served: seconds that each finished render took, and its template.
        boots: seconds that each new instance took from launch to ready.
    """

    arrived: int = 0
    waits: tuple[float, ...] = ()
    served: tuple[tuple[float, str | None], ...] = ()
    boots: tuple[float, ...] = ()
