"""The samples of all metrics of an account and region, within bounds."""

import threading
from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import attrgetter

_KEPT_SAMPLES = 20_000
_KEPT_METRICS = 2_000
"""Beyond these the oldest samples go, and the metrics that were longest without one."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """What identifies a metric: other dimensions are another metric."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Values that were measured at one time: one alone, the same one several times, or the sums of many."""

    at: float
    count: float
    total: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, at: float, value: float, count: float = 1) -> "Sample":
        """A value that was measured so many times."""
        return cls(at=at, count=count, total=value * count, lowest=value, highest=value)


_AT = attrgetter("at")


@dataclass
class Store:
    """The samples of metrics, in the order of their times."""

    _samples: OrderedDict[Metric, list[Sample]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, metric: Metric, sample: Sample) -> None:
        """Keep one more sample."""
        with self._lock:
            samples = self._samples.setdefault(metric, [])
            self._samples.move_to_end(metric)
            insort(samples, sample, key=_AT)
            del samples[:-_KEPT_SAMPLES]
            while len(self._samples) > _KEPT_METRICS:
                self._samples.popitem(last=False)

    def between(self, metric: Metric, start: float, end: float) -> Sequence[Sample]:
        """The samples from a time on and before another."""
        with self._lock:
            samples = self._samples.get(metric, [])
            return samples[bisect_left(samples, start, key=_AT) : bisect_left(samples, end, key=_AT)]

    def metrics(self) -> list[Metric]:
        """All metrics that have samples."""
        with self._lock:
            return list(self._samples)


_stores: dict[tuple[str, str], Store] = {}


def store_of(account: str, region: str) -> Store:
    """The samples of one account in one region."""
    return _stores.setdefault((account, region), Store())
