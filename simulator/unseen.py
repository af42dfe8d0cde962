"""Kinds of load that differ from those the scaler was made on."""

from dataclasses import dataclass, field

import numpy as np

from simulator.generators import Floats, Recipe, Work, placed

DAY_S = 86_400.0


@dataclass(frozen=True, kw_only=True)
class Alike(Recipe):
    """Jobs that all take the same time."""

    lasts_s: float = 600

    def durations(self, chance: np.random.Generator, arrival: Floats) -> Floats:
        """All alike."""
        del chance
        return np.full(arrival.size, self.lasts_s)


@dataclass(frozen=True, kw_only=True)
class Lone(Alike):
    """One job every two hours: nobody is ever waiting for an idle instance."""

    name: str = "lone"
    jobs: int = 60
    every_s: float = 7_200

    def arrivals(self, chance: np.random.Generator) -> Floats:
        """Within a minute of the full two hours."""
        times: Floats = (np.arange(self.jobs) + 0.5) * self.every_s + chance.uniform(0, 60, self.jobs)
        return times


@dataclass(frozen=True, kw_only=True)
class DailyBatch(Lone):
    """Lone jobs, and once a day many within two seconds."""

    name: str = "daily batch"
    jobs: int = 84
    batch: int = 15

    def arrivals(self, chance: np.random.Generator) -> Floats:
        """The lone ones and the batches at ten o'clock."""
        days = int(np.ceil(self.jobs * self.every_s / DAY_S))
        batches = [day * DAY_S + 36_000 + chance.uniform(0, 2, self.batch) for day in range(days)]
        together: Floats = np.sort(np.concatenate([super().arrivals(chance), *batches]))
        return together


@dataclass(frozen=True, kw_only=True)
class Steady(Alike):
    """Independent arrivals of jobs that all take ten minutes."""

    name: str = "steady"
    per_minute: float = 2
    hours: float = 24

    def arrivals(self, chance: np.random.Generator) -> Floats:
        """Poisson counts per minute."""
        return placed(chance, chance.poisson(np.full(int(self.hours * 60), self.per_minute)), 60.0)


@dataclass(frozen=True, kw_only=True)
class Mixed(Steady):
    """Most jobs take seconds, a few an hour, and these hold most of the fleet."""

    name: str = "mixed"
    per_minute: float = 17
    hours: float = 8
    scales_s: tuple[float, ...] = (10, 3_600)
    shares: tuple[float, ...] = (0.94, 0.06)

    def durations(self, chance: np.random.Generator, arrival: Floats) -> Floats:
        """One of the scales each, give or take a tenth."""
        drawn: Floats = chance.choice(self.scales_s, arrival.size, p=self.shares)
        return drawn * chance.uniform(0.9, 1.1, arrival.size)


@dataclass(frozen=True, kw_only=True)
class Renewal(Recipe):
    """Independent gaps with a heavy tail (Pareto, infinite variance)."""

    name: str = "renewal"
    jobs: int = 4_000
    shortest_s: float = 20
    tail: float = 1.5

    def arrivals(self, chance: np.random.Generator) -> Floats:
        """The sums of the gaps."""
        return np.cumsum((chance.pareto(self.tail, self.jobs) + 1) * self.shortest_s)


@dataclass(frozen=True, kw_only=True)
class Modulated(Recipe):
    """A rate that jumps between a few values (Markov-modulated Poisson)."""

    name: str = "modulated"
    per_hour: tuple[float, ...] = (10, 120, 800)
    lasts_s: tuple[float, ...] = (2_400, 1_800, 600)
    hours: float = 48

    def arrivals(self, chance: np.random.Generator) -> Floats:
        """State by state; each other one is as likely to follow."""
        now, state, times = 0.0, 0, [np.empty(0)]
        while now < self.hours * 3600:
            lasts = chance.exponential(self.lasts_s[state])
            came = chance.poisson(self.per_hour[state] * lasts / 3600)
            times.append(now + np.sort(chance.uniform(0, lasts, came)))
            now += lasts
            state = (state + int(chance.integers(1, len(self.per_hour)))) % len(self.per_hour)
        return np.concatenate(times)


@dataclass(frozen=True, kw_only=True)
class SelfSimilar(Recipe):
    """Sources that are on and off for heavy-tailed times (Willinger et al. 1997)."""

    name: str = "self-similar"
    sources: int = 10
    on_s: float = 150
    off_s: float = 600
    every_s: float = 20
    hours: float = 36

    def arrivals(self, chance: np.random.Generator) -> Floats:
        """All sources together."""
        end, times = self.hours * 3600, [np.empty(0)]
        for _ in range(self.sources):
            now = 0.0
            while now < end:
                now += (chance.pareto(1.4) + 1) * self.off_s
                on = (chance.pareto(1.4) + 1) * self.on_s
                times.append(now + chance.uniform(0, on, chance.poisson(on / self.every_s)))
                now += on
        together = np.sort(np.concatenate(times))
        return together[together < end]


@dataclass(frozen=True, kw_only=True)
class Drift(Steady):
    """One template that takes ten times as long after a change of a few hours."""

    name: str = "drift"
    per_minute: float = 1.7
    hours: float = 36
    work: Work = field(default_factory=lambda: Work(median_s=30, p95_s=60))

    def durations(self, chance: np.random.Generator, arrival: Floats) -> Floats:
        """Slow growth between a third and a half of the trace."""
        grown = np.clip((arrival / (self.hours * 3600) - 1 / 3) * 6, 0, 1)
        times: Floats = self.work.drawn(chance, arrival.size) * 10.0**grown
        return times
