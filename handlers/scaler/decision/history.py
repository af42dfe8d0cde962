"""What was observed of a fleet: arrivals, durations, boots and waits, in numbers that stay small."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from types import MappingProxyType
from typing import ClassVar

from handlers.scaler.decision import price
from handlers.scaler.decision.estimate import RECENT, Estimate
from handlers.scaler.decision.limits import Limits
from handlers.scaler.decision.load import arrivals, durations
from handlers.scaler.decision.load.arrivals import Histogram
from handlers.scaler.decision.load.durations import Counts
from handlers.scaler.decision.price import Lateness

SHORTEST_S = 1e-3
"""No boot is expected to take less."""
LARGEST = 1e12
"""Seconds, counts and sums are within this: thirty thousand years."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Boot:
    """An instance on its way: when it was launched, its stage, and since when."""

    launched_at: float
    stage: str
    since: float


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """What happened since the last look.

    Attributes:
        arrived: when each new job came.
        waits: seconds that each started render had waited.
        served: seconds that each finished render took.
        boots: seconds that each new instance took from launch to ready.
    """

    arrived: tuple[float, ...] = ()
    waits: tuple[float, ...] = ()
    served: tuple[float, ...] = ()
    boots: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """All observations up to now.

    Attributes:
        arrived: the instants at which jobs came.
        served: finished renders by their duration.
        ended: when the finished renders ended, on average.
        boot: seconds from launch to ready.
        lateness: late starts, and the pressure that they exert on the price.
        booting: the instances that are not yet ready.
    """

    RETIRED: ClassVar = frozenset({
        "arrivals", "interval", "told_at", "service", "templates", "mix", "late", "pressure",
    })  # fmt: skip

    arrived: Histogram = ()
    served: Counts = ()
    ended: Estimate = field(default_factory=Estimate)
    boot: Estimate = field(default_factory=Estimate)
    lateness: Lateness = field(default_factory=Lateness)
    booting: Mapping[str, Boot] = field(default_factory=lambda: MappingProxyType({}))

    def expected_boot(self, believed: float) -> float:
        """Seconds of the next boot."""
        return max(self.boot.blended(believed), SHORTEST_S)

    def window_s(self, now: float) -> float:
        """The mean age of the finished renders that are remembered; without end while none was forgotten.

        After a batch they all ended a moment ago, and have run since their arrival.
        """
        if self.ended.count < RECENT:
            return durations.ENDLESS_S
        return max(now - self.ended.mean, arrivals.span(self.arrived, RECENT, now), SHORTEST_S)

    def booted(self, seconds: float) -> "History":
        """The history after one more boot."""
        return replace(self, boot=self.boot.observed(seconds))

    def after(self, news: News, limits: Limits, *, now: float, beyond_help: bool) -> "History":
        """The history at a look, with the news since the one before, whatever the clocks say.

        A job cannot have come later than now, nor have waited or lasted less than nothing; what is no number
        is a job that came now, and no duration.
        """
        now = _finite(now)
        arrived = arrivals.not_after(self.arrived, now)
        for time in sorted([min(_finite(time, now), now) for time in news.arrived]):
            arrived = arrivals.added(arrived, time)
        served, ended = self.served, self.ended
        for seconds in _durations(news.served):
            served, ended = durations.observed(served, seconds), ended.observed(now)
        boot = self.boot
        for seconds in _durations(news.boots):
            boot = boot.observed(seconds)
        lateness = price.after(
            self.lateness,
            _durations(news.waits),
            objective_s=limits.wait_objective_s,
            quantile=limits.wait_quantile,
            beyond_help=beyond_help,
        )
        booting = {
            name: Boot(launched_at=min(one.launched_at, now), stage=one.stage, since=min(one.since, now))
            for name, one in self.booting.items()
        }
        return History(
            arrived=arrived,
            served=served,
            ended=ended,
            boot=boot,
            lateness=lateness,
            booting=MappingProxyType(booting),
        )


def _finite(time: float, otherwise: float = 0.0) -> float:
    return min(max(time, -LARGEST), LARGEST) if isfinite(time) else otherwise


def _durations(seconds: Iterable[float]) -> list[float]:
    """Those that are numbers, none below zero."""
    return [min(max(one, 0.0), LARGEST) for one in seconds if isfinite(one)]
