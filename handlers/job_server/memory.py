"""What this process remembers of answers from elsewhere, for some seconds and in bounded memory."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Final, Generic, TypeVar

from handlers.jobs.store.api_keys import ApiKeys, KeyOwner, digest

MOST_VALUES: Final = 10_000
"""Values that are kept, of those that were asked for last; one takes a few hundred bytes."""
KEY_SECONDS: Final = 30.0
"""How long a revoked API key still works in a process that has seen it."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True)
class _Remembered(Generic[V]):
    asked_at: float
    value: V
    weight: int


class Memory(Generic[K, V]):
    """Values by key, each for a number of seconds after it was looked up. Any thread may ask.

    All of them together weigh at most `most`; one weighs 1 unless `weigh` says otherwise.
    """

    def __init__(
        self,
        seconds: float,
        *,
        most: int = MOST_VALUES,
        weigh: Callable[[V], int] = lambda _: 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds, self._most, self._weigh, self._clock = seconds, most, weigh, clock
        self._values: OrderedDict[K, _Remembered[V]] = OrderedDict()
        self._weight = 0
        self._lock = Lock()

    def recall(self, key: K) -> V | None:
        """The value of a key, if it is remembered."""
        with self._lock:
            found = self._values.get(key)
            if found is None or self._clock() - found.asked_at >= self._seconds:
                return None
            self._values.move_to_end(key)
            return found.value

    def forget(self, key: K) -> None:
        """Look the key up the next time."""
        with self._lock:
            self._drop(key)

    def get(self, key: K, look_up: Callable[[], V | None]) -> V | None:
        """The value of a key, looked up unless it is remembered; that there is none is not remembered."""
        asked_at = self._clock()
        found = self.recall(key)
        if found is not None:
            return found
        value = look_up()
        made = None if value is None else _Remembered(asked_at, value, self._weigh(value))
        with self._lock:
            self._drop(key)
            if made:
                self._values[key] = made
                self._weight += made.weight
            while self._weight > self._most:
                self._drop(next(iter(self._values)))
        return value

    def _drop(self, key: K) -> None:
        gone = self._values.pop(key, None)
        self._weight -= gone.weight if gone else 0


class RememberedKeys:
    """API keys, each looked up once in `KEY_SECONDS`, and remembered by its digest.

    A key that is unknown or revoked is looked up each time, so that a new one works at once.
    """

    def __init__(self, keys: ApiKeys, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._keys = keys
        self._owners: Memory[str, KeyOwner] = Memory(KEY_SECONDS, clock=clock)

    def recall(self, token: str) -> KeyOwner | None:
        """Whose key it is, if that is remembered."""
        return self._owners.recall(digest(token))

    def owner_of(self, token: str) -> KeyOwner | None:
        """Whose key it is."""
        return self._owners.get(digest(token), lambda: self._keys.owner_of(token))
