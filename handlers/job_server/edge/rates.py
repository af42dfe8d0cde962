"""How often a tenant and each of its keys may ask, and how much they may upload: token buckets.

They are kept in this process. Processes do not know each other's buckets, so `n` processes let `n` times as
much through.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Final

MOST_BUCKETS: Final = 10_000
"""Buckets that are kept, of those who asked last; one takes some 200 bytes."""
SHARE_OF_A_KEY: Final = 0.8
"""So that a program that runs wild leaves something to the tenant's others."""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A bucket's size, and the seconds in which an empty one fills."""

    name: str
    quota: float
    window_seconds: float


WRITES: Final = Rate(name="writes", quota=600, window_seconds=60)
READS: Final = Rate(name="reads", quota=3_000, window_seconds=60)
UPLOADS: Final = Rate(name="upload-bytes", quota=50e9, window_seconds=3_600)
READS_OF_A_WRITE: Final = READS.quota / WRITES.quota


def rates_of(per_second: int | None) -> Mapping[str, Rate]:
    """The rates of a tenant that has limits of its own, by name: writes, and five times as many reads."""
    if per_second is None:
        return {}
    shares = ((WRITES, 1), (READS, READS_OF_A_WRITE))
    return {one.name: replace(one, quota=per_second * share * one.window_seconds) for one, share in shares}


@dataclass(frozen=True, kw_only=True)
class Balance:
    """What is left of a bucket after a request, and the seconds until the request fits; 0 when it did."""

    rate: Rate
    left: float
    wait_seconds: float

    @property
    def headers(self) -> dict[str, str]:
        """The limit and what is left of it (draft-ietf-httpapi-ratelimit-headers)."""
        name, quota = self.rate.name, int(self.rate.quota)
        return {
            "RateLimit-Policy": f'"{name}";q={quota};w={int(self.rate.window_seconds)}',
            "RateLimit": f'"{name}";r={int(self.left)};t={math.ceil(self.wait_seconds)}',
        }


class TokenBuckets:
    """The buckets of one rate. Any thread may ask."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate, self._clock = rate, clock
        self._levels: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()
        self._owners: dict[str, tuple[str, Rate]] = {}
        self._lock = Lock()

    def take(self, tenant: str, key: str, cost: float = 1, rate: Rate | None = None) -> Balance:
        """Take the cost from the tenant's bucket and the key's, or from neither; the tighter one answers.

        `rate` is the tenant's own, where it has one.
        """
        rate = rate or self.rate
        with self._lock:
            buckets = [(("key", key), rate.quota * SHARE_OF_A_KEY), (("tenant", tenant), rate.quota)]
            now = self._clock()
            levels = {name: self._level(name, size, rate, now) for name, size in buckets}
            left = min(levels.values()) - cost
            if left >= 0:
                for name, level in levels.items():
                    self._levels[name] = (level - cost, now)
                    self._levels.move_to_end(name)
                self._owners[key] = (tenant, rate)
            while len(self._levels) > MOST_BUCKETS:
                (_, dropped), _ = self._levels.popitem(last=False)
                self._owners.pop(dropped, None)
        return _balance(left, rate)

    def owner(self, key: str) -> str | None:
        """The tenant of a key that has asked before."""
        with self._lock:
            owner = self._owners.get(key)
        return owner[0] if owner else None

    def spent(self, key: str) -> Balance | None:
        """What a key hears that has nothing left for one request; None for others, unknown ones too."""
        with self._lock:
            _, rate = self._owners.get(key, ("", self.rate))
            left = self._level(("key", key), rate.quota * SHARE_OF_A_KEY, rate, self._clock()) - 1
        return _balance(left, rate) if left < 0 else None

    def _level(self, name: tuple[str, str], size: float, rate: Rate, now: float) -> float:
        level, at = self._levels.get(name, (size, now))
        return min(size, level + (now - at) * size / rate.window_seconds)


def _balance(left: float, rate: Rate) -> Balance:
    wait = -left * rate.window_seconds / (rate.quota * SHARE_OF_A_KEY) if left < 0 else 0.0
    return Balance(rate=rate, left=max(0.0, left), wait_seconds=wait)
