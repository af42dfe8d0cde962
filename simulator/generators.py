"""Traces made from a few numbers and a seed."""

from dataclasses import dataclass, field
from math import log, pi
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from simulator.trace import Trace, sorted_trace

REQUESTS = Path(__file__).with_name("traces") / "web_requests_per_minute.txt"
P95 = 1.6448536269514722
SHORTEST_S = 0.5

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Work:
    """Lognormal service times with this median and this 95th percentile."""

    median_s: float = 60.0
    p95_s: float = 300.0

    def drawn(self, chance: np.random.Generator, jobs: int) -> Floats:
        """That many service times."""
        sigma = log(self.p95_s / self.median_s) / P95
        times: Floats = np.maximum(chance.lognormal(log(self.median_s), sigma, jobs), SHORTEST_S)
        return times


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A trace to be made; the same seed makes the same one."""

    name: str
    work: Work = field(default_factory=Work)
    seed: int = 1

    def arrivals(self, chance: np.random.Generator) -> Floats:
        """Arrival times, in order."""
        raise NotImplementedError

    def trace(self) -> Trace:
        """The trace."""
        chance = np.random.default_rng(self.seed)
        arrival = self.arrivals(chance)
        return sorted_trace(self.name, arrival, self.durations(chance, arrival))

    def durations(self, chance: np.random.Generator, arrival: Floats) -> Floats:
        """How long the jobs take that arrive then."""
        return self.work.drawn(chance, arrival.size)


@dataclass(frozen=True, kw_only=True)
class Design(Recipe):
    """The bundled web trace, thinned: each request of these days becomes a job with probability `share`."""

    name: str = "design"
    share: float = 0.1
    days: float = 21
    first_day: float = 0

    def arrivals(self, chance: np.random.Generator) -> Floats:
        """Uniform within each minute."""
        lines = REQUESTS.read_text().splitlines()[int(self.first_day) : int(self.first_day + self.days)]
        counts = np.array([int(word) for line in lines for word in line.split()], dtype=np.int64)
        return placed(chance, chance.binomial(counts, self.share), 60.0)


@dataclass(frozen=True, kw_only=True)
class Poisson(Recipe):
    """Independent arrivals at one rate."""

    name: str = "poisson"
    per_hour: float = 600
    hours: float = 24

    def arrivals(self, chance: np.random.Generator) -> Floats:
        """Poisson counts per minute."""
        return placed(chance, chance.poisson(np.full(int(self.hours * 60), self.per_hour / 60)), 60.0)


@dataclass(frozen=True, kw_only=True)
class Daily(Recipe):
    """A sine between two hourly rates over each day."""

    name: str = "daily"
    low: float = 20
    high: float = 1500
    days: float = 2

    def arrivals(self, chance: np.random.Generator) -> Floats:
        """Poisson counts per minute."""
        minutes = np.arange(int(self.days * 1440))
        rates = (self.low + (self.high - self.low) * (1 - np.cos(2 * pi * minutes / 1440)) / 2) / 60
        return placed(chance, chance.poisson(rates), 60.0)


@dataclass(frozen=True, kw_only=True)
class Bursts(Recipe):
    """A loud hourly rate for exponential times, a quiet one for others."""

    name: str = "bursts"
    quiet: float = 30
    loud: float = 1200
    on_s: float = 300
    off_s: float = 2400
    hours: float = 72

    def arrivals(self, chance: np.random.Generator) -> Floats:
        """Poisson counts per second."""
        end = int(self.hours * 3600)
        rates, second, loudly = np.zeros(end), 0.0, False
        while second < end:
            lasts = chance.exponential(self.on_s if loudly else self.off_s)
            rates[int(second) : int(second + lasts)] = (self.loud if loudly else self.quiet) / 3600
            second, loudly = second + lasts, not loudly
        return placed(chance, chance.poisson(rates), 1.0)


@dataclass(frozen=True, kw_only=True)
class Flash(Recipe):
    """Independent arrivals, and a crowd that comes all at once every few hours."""

    name: str = "flash"
    per_hour: float = 200
    crowd: float = 150
    over_s: float = 60
    every_hours: float = 4
    hours: float = 72

    def arrivals(self, chance: np.random.Generator) -> Floats:
        """The steady ones and the crowds."""
        steady = placed(chance, chance.poisson(np.full(int(self.hours * 60), self.per_hour / 60)), 60.0)
        begins = np.arange(self.every_hours / 2, self.hours, self.every_hours) * 3600
        crowds = [begin + chance.uniform(0, self.over_s, int(self.crowd)) for begin in begins]
        together: Floats = np.sort(np.concatenate([steady, *crowds]))
        return together


def placed(chance: np.random.Generator, counts: NDArray[np.int64], width_s: float) -> Floats:
    """This many arrivals in each interval, uniform within it."""
    starts = np.repeat(np.arange(counts.size) * width_s, counts)
    times: Floats = np.sort(starts + chance.uniform(0, width_s, starts.size))
    return times
