"""The minutes of a local stack: schedules call in each, and CloudWatch judges its alarms at its end.

In time lapse a minute is shorter than one of the clock, but it does not end before everything has happened
that happens in every minute. On a slow machine the lapse slows, and no alarm misses a value or a call.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

LONGEST_S = 60.0
"""In no lapse a minute takes longer than one of the clock, whatever hangs."""
_LOOK_S = 0.1


@dataclass
class Minutes:
    """Counts minutes, each after `at_end` has returned."""

    pace: float = 1.0
    """How many times faster than the clock's the minutes pass on a machine that keeps up."""
    at_end: Callable[[], None] = field(default=lambda: None)
    _number: int = 0
    _due: dict[object, int] = field(default_factory=dict)
    """For each caller of `every` the minute in which it acts the next time."""
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def number(self) -> int:
        """How many minutes are over."""
        return self._number

    def every(self, minutes: int, act: Callable[[], None], stop: threading.Event) -> None:
        """Act at once and every so many minutes until `stop` is set; no minute ends while it should act."""
        me = object()
        with self._changed:
            self._due[me] = self._number
        try:
            while not stop.is_set():
                act()
                with self._changed:
                    self._due[me] = self._number + minutes
                    self._changed.notify_all()
                while not stop.is_set() and self._number < self._due[me]:
                    with self._changed:
                        self._changed.wait(_LOOK_S)
        finally:
            with self._changed:
                del self._due[me]
                self._changed.notify_all()

    def work(self, stop: threading.Event) -> None:
        """Let minutes pass until `stop` is set."""
        while not stop.is_set():
            began = time.monotonic()
            stop.wait(LONGEST_S / self.pace)
            while not stop.is_set() and self._awaited() and time.monotonic() < began + LONGEST_S:
                with self._changed:
                    self._changed.wait(_LOOK_S)
            if not stop.is_set():
                self.at_end()
                with self._changed:
                    self._number += 1
                    self._changed.notify_all()

    def _awaited(self) -> bool:
        """Whether somebody has not acted in this minute yet."""
        with self._changed:
            return any(due <= self._number for due in self._due.values())
