"""Traces made from a few numbers and a seed."""

from math import log, pi
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .trace import Trace, sorted_trace

REQUESTS = Path(__file__).with_name("traces") / "web_requests_per_minute.txt"
P95 = 1.6448536269514722

Floats = NDArray[np.float64]


def lognormal(random: np.random.Generator, jobs: int, *, median_s: float, p95_s: float) -> Floats:
    """Service times with this median and this 95th percentile."""
    sigma = log(p95_s / median_s) / P95
    drawn: Floats = np.maximum(random.lognormal(log(median_s), sigma, jobs), 0.5)
    return drawn


def _counted(random: np.random.Generator, counts: NDArray[np.int64], width_s: float) -> Floats:
    """Arrival times: this many in each interval, uniform within it."""
    starts = np.repeat(np.arange(counts.size) * width_s, counts)
    placed: Floats = np.sort(starts + random.uniform(0, width_s, starts.size))
    return placed


def design(
    *,
    share: float,
    median_s: float,
    p95_s: float,
    days: tuple[int, int] = (0, 21),
    seed: int = 1,
    name: str = "design",
) -> Trace:
    """The bundled web trace, thinned: each request becomes a job with probability `share`."""
    random = np.random.default_rng(seed)
    lines = REQUESTS.read_text().splitlines()
    counts = np.array([int(word) for line in lines[slice(*days)] for word in line.split()], dtype=np.int64)
    arrival = _counted(random, random.binomial(counts, share), 60.0)
    service = lognormal(random, arrival.size, median_s=median_s, p95_s=p95_s)
    return Trace(name=name, arrival=arrival, service=service)


def _varying(random: np.random.Generator, rates: Floats, width_s: float) -> Floats:
    return _counted(random, random.poisson(rates * width_s), width_s)


def poisson(
    *, per_hour: float, hours: float, median_s: float, p95_s: float, seed: int = 1, name: str = "poisson"
) -> Trace:
    """Independent arrivals at one rate."""
    random = np.random.default_rng(seed)
    arrival = _varying(random, np.full(int(hours * 60), per_hour / 3600), 60.0)
    return Trace(
        name=name, arrival=arrival, service=lognormal(random, arrival.size, median_s=median_s, p95_s=p95_s)
    )


def daily(
    *, low: float, high: float, days: float, median_s: float, p95_s: float, seed: int = 1, name: str = "daily"
) -> Trace:
    """A sine between two hourly rates over each day."""
    random = np.random.default_rng(seed)
    minutes = np.arange(int(days * 1440))
    rates = (low + (high - low) * (1 - np.cos(2 * pi * minutes / 1440)) / 2) / 3600
    arrival = _varying(random, rates, 60.0)
    return Trace(
        name=name, arrival=arrival, service=lognormal(random, arrival.size, median_s=median_s, p95_s=p95_s)
    )


def bursts(
    *, quiet: float, loud: float, on_s: float, off_s: float, hours: float, median_s: float, p95_s: float,
    seed: int = 1, name: str = "bursts",
) -> Trace:  # fmt: skip
    """On-off arrivals: exponential times at a loud hourly rate, exponential times at a quiet one."""
    random = np.random.default_rng(seed)
    rates, second, end = np.zeros(int(hours * 3600)), 0.0, hours * 3600
    loudly = False
    while second < end:
        lasts = random.exponential(on_s if loudly else off_s)
        rates[int(second) : int(second + lasts)] = (loud if loudly else quiet) / 3600
        second, loudly = second + lasts, not loudly
    arrival = _varying(random, rates, 1.0)
    return Trace(
        name=name, arrival=arrival, service=lognormal(random, arrival.size, median_s=median_s, p95_s=p95_s)
    )


def flash(
    *, per_hour: float, crowd: int, over_s: float, every_hours: float, hours: float, median_s: float, p95_s: float,
    seed: int = 1, name: str = "flash",
) -> Trace:  # fmt: skip
    """Independent arrivals, and a crowd that comes all at once every few hours."""
    random = np.random.default_rng(seed)
    steady = _varying(random, np.full(int(hours * 60), per_hour / 3600), 60.0)
    times = np.arange(every_hours / 2, hours, every_hours) * 3600
    crowds = [time + random.uniform(0, over_s, crowd) for time in times]
    arrival = np.concatenate([steady, *crowds])
    return sorted_trace(name, arrival, lognormal(random, arrival.size, median_s=median_s, p95_s=p95_s))
