"""Lets several processes take turns, call by call, in an order that the test decides."""

import random
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from threading import Semaphore, Thread

from tests.handlers.life.world import Calls

Choose = Callable[[list[int]], int]
DEADLINE_SECONDS = 10


class _Process:
    """One thread that moves only when it is its turn, up to its next call."""

    def __init__(self, act: Callable[[Calls], object]) -> None:
        self.answer: object = None
        self.ended = False
        self._act = act
        self._go, self._stopped = Semaphore(0), Semaphore(0)
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()
        self.wait()

    def move(self) -> None:
        self._go.release()
        self.wait()

    def wait(self) -> None:
        assert self._stopped.acquire(timeout=DEADLINE_SECONDS), "a process neither calls nor ends"

    def _pause(self) -> None:
        self._stopped.release()
        self._go.acquire()

    def _run(self) -> None:
        try:
            self.answer = self._act(Calls(before_each=self._pause))
        except Exception as error:
            self.answer = error
        self.ended = True
        self._stopped.release()


def interleave(acts: Sequence[Callable[[Calls], object]], choose: Choose) -> list[object]:
    """What each answered, or the exception with which it ended."""
    processes = [_Process(act) for act in acts]
    while moving := [number for number, process in enumerate(processes) if not process.ended]:
        processes[choose(moving)].move()
    return [process.answer for process in processes]


def every_order() -> Iterator[Choose]:
    """Each order of turns once: try with the given chooser, then ask for the next one."""
    begin: list[int] = []
    while True:
        taken: list[int] = []
        ways: list[int] = []

        yield partial(_choose, begin, taken, ways)
        while taken and taken[-1] + 1 >= ways[-1]:
            taken.pop()
            ways.pop()
        if not taken:
            return
        begin = [*taken[:-1], taken[-1] + 1]


def drawn_orders(count: int) -> Iterator[Choose]:
    """As many orders of turns, drawn from a seed: of three processes there are more than can be tried."""
    draws = random.Random(count)  # noqa: S311 - no secret
    for _ in range(count):
        yield draws.choice


def _choose(begin: list[int], taken: list[int], ways: list[int], moving: list[int]) -> int:
    pick = begin[len(taken)] if len(taken) < len(begin) else 0
    taken.append(pick)
    ways.append(len(moving))
    return moving[pick]
