"""Processes in simulated time: each runs up to its next pause, and no two at once, so a seed decides all."""

import heapq
from collections.abc import Callable
from itertools import count
from threading import Semaphore, Thread
from typing import Final

from tests.handlers.conftest import Clock

HANGS_S: Final = 60.0
"""Seconds of the machine within which a process pauses or ends."""


class Process:
    """A thread that runs only when the schedule lets it."""

    def __init__(self, schedule: "Schedule", name: str, act: Callable[["Process"], object]) -> None:
        self.name, self.ended = name, False
        self._schedule, self._act = schedule, act
        self._go, self._stopped = Semaphore(0), Semaphore(0)
        self._thread: Thread | None = None

    def pause(self, seconds: float) -> None:
        """Let others run for so long."""
        self._schedule.wake(self, seconds)
        self._stopped.release()
        self._go.acquire()

    def run(self) -> None:
        """Run up to the next pause, or to the end."""
        if self._thread is None:
            self._thread = Thread(target=self._live, daemon=True)
            self._thread.start()
        else:
            self._go.release()
        if not self._stopped.acquire(timeout=HANGS_S):
            raise TimeoutError(f"{self.name} neither pauses nor ends")

    def _live(self) -> None:
        try:
            self._act(self)
        except Exception as error:
            self._schedule.errors.append(f"{self.name}: {type(error).__name__}: {error}")
        finally:
            self.ended = True
            self._stopped.release()


class Schedule:
    """Who runs next: whoever has waited until the earliest moment."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.errors = clock, list[str]()
        self._waiting: list[tuple[float, int, Process]] = []
        self._turns = count()

    def start(self, name: str, act: Callable[[Process], object], *, after: float = 0.0) -> Process:
        """A process that begins after some seconds."""
        process = Process(self, name, act)
        self.wake(process, after)
        return process

    def wake(self, process: Process, after: float) -> None:
        """Let a process run again after some seconds."""
        heapq.heappush(self._waiting, (self.clock.now + after, next(self._turns), process))

    def run(self, *, until: float) -> None:
        """Let everybody run until a moment."""
        while self._waiting and self._waiting[0][0] <= until:
            at, _, process = heapq.heappop(self._waiting)
            self.clock.now = max(self.clock.now, at)
            process.run()
        self.clock.now = until
