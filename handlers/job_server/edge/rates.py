"""How often a tenant and each of its keys may ask, and how much they may upload: token buckets.

They are kept in this process. Processes do not know each other's buckets, so `n` processes let `n` times as
much through.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final

MOST_BUCKETS: Final = 10_000
"""Buckets that are kept, of those who asked last; one takes some 200 bytes."""
SHARE_OF_A_KEY: Final = 0.8
"""So that a program that runs wild leaves something to the tenant's others."""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A bucket's size, the seconds in which an empty one fills, and how much of it one key may spend."""

    name: str
    quota: float
    window_seconds: float
    share_of_a_key: float = SHARE_OF_A_KEY


WRITES: Final = Rate(name="writes", quota=600, window_seconds=60)
READS: Final = Rate(name="reads", quota=3_000, window_seconds=60)
UPLOADS: Final = Rate(name="upload-bytes", quota=50e9, window_seconds=3_600)
ENDPOINT_CHANGES: Final = Rate(name="endpoint-changes", quota=20, window_seconds=60, share_of_a_key=1.0)
"""Those that make or remove secrets: AWS takes a few of these a second from the whole account."""
REDELIVERIES: Final = Rate(name="redeliveries", quota=10, window_seconds=60, share_of_a_key=1.0)


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
        self._rate, self._clock = rate, clock
        self._levels: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()
        self._owners: dict[str, str] = {}
        self._lock = Lock()

    def take(self, tenant: str, key: str, cost: float = 1) -> Balance:
        """Take the cost from the tenant's bucket and the key's, or from neither; the tighter one answers."""
        with self._lock:
            buckets = [
                (("key", key), self._of_a_key),
                (("tenant", tenant), self._rate.quota),
            ]
            now = self._clock()
            levels = {name: self._level(name, size, now) for name, size in buckets}
            left = min(levels.values()) - cost
            if left >= 0:
                for name, level in levels.items():
                    self._levels[name] = (level - cost, now)
                    self._levels.move_to_end(name)
                self._owners[key] = tenant
            while len(self._levels) > MOST_BUCKETS:
                (_, dropped), _ = self._levels.popitem(last=False)
                self._owners.pop(dropped, None)
        return self._balance(left)

    def owner(self, key: str) -> str | None:
        """The tenant of a key that has asked before."""
        with self._lock:
            return self._owners.get(key)

    def spent(self, key: str) -> Balance | None:
        """What a key hears that has nothing left for one request; None for others, unknown ones too."""
        with self._lock:
            left = self._level(("key", key), self._of_a_key, self._clock()) - 1
        return self._balance(left) if left < 0 else None

    @property
    def _of_a_key(self) -> float:
        return self._rate.quota * self._rate.share_of_a_key

    def _balance(self, left: float) -> Balance:
        wait = -left * self._rate.window_seconds / self._of_a_key if left < 0 else 0.0
        return Balance(rate=self._rate, left=max(0.0, left), wait_seconds=wait)

    def _level(self, name: tuple[str, str], size: float, now: float) -> float:
        level, at = self._levels.get(name, (size, now))
        return min(size, level + (now - at) * size / self._rate.window_seconds)
