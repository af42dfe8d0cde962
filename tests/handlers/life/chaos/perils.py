"""What may happen to a call, to a message and to the stream, drawn from one seed."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Final, TypeVar

from handlers.jobs.errors import TryAgainLater
from tests.handlers.life.chaos.schedule import Process
from tests.handlers.life.world import BULK_QUEUE, LEASE, NOTICES, QUEUE, Calls, Crash, Message, Queues

T = TypeVar("T")


class Fault(StrEnum):
    """One thing that goes wrong."""

    KILLED = "process killed"
    STOPPED = "process stopped beyond its lease"
    THROTTLED = "call throttled"
    ANSWER_LOST = "answer lost"
    DUPLICATED = "message duplicated"
    DELAYED = "message delayed"
    DELETED = "message deleted"
    DEAF = "stream deaf"
    SPOT = "spot notice"
    SLOW = "call slow"
    IMPATIENT = "request asked twice at once"
    DRAINED = "idle instance drained"


SERVER: Final = {Fault.KILLED: 0.02, Fault.THROTTLED: 0.02, Fault.ANSWER_LOST: 0.02, Fault.SLOW: 0.02}
AGENT: Final = {
    Fault.KILLED: 0.004,
    Fault.STOPPED: 0.006,
    Fault.THROTTLED: 0.02,
    Fault.ANSWER_LOST: 0.02,
    Fault.SLOW: 0.02,
}
FUNCTION: Final = {Fault.KILLED: 0.01, Fault.THROTTLED: 0.02, Fault.ANSWER_LOST: 0.02, Fault.SLOW: 0.1}
RENDER_MESSAGE: Final = {Fault.DUPLICATED: 0.05, Fault.DELAYED: 0.05, Fault.DELETED: 0.05}
NOTICE: Final = {Fault.DUPLICATED: 0.05, Fault.DELAYED: 0.05}
"""A notice that was sent is not deleted: SQS keeps what it has taken, and nobody counts notices."""
STALLING: Final = {**FUNCTION, Fault.SLOW: 0.6}
STREAM: Final = {Fault.DEAF: 0.01}
ATTEMPT: Final = {Fault.SPOT: 0.03}
ORDER: Final = {Fault.IMPATIENT: 0.3}
IDLE_WORKER: Final = {Fault.DRAINED: 0.5}
DELAY_S: Final = 90.0
SLOW_S: Final = (1.0, 8.0)
"""A few slow calls in a row leave an agent its lease, which it renews at least every 20 seconds."""
AFTER_WAKING_S: Final = (0.1, 25.0)
"""Within these a worker that was stopped renews its lease."""


@dataclass
class Faults:
    """Draws faults until it is calm, and remembers them."""

    chance: Random
    clock: Callable[[], float]
    calm: bool = False
    counts: Counter[Fault] = field(default_factory=Counter)
    unwell: set[str] = field(default_factory=set)
    """Processes that were killed or stopped."""
    wakes: dict[str, float] = field(default_factory=dict)
    """When each process that was stopped goes on."""
    _played: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def draw(self, rates: Mapping[Fault, float], where: str) -> Fault | None:
        """The fault that happens here, if one does."""
        if self.calm:
            return None
        roll = self.chance.random()
        for fault, rate in rates.items():
            if roll < rate:
                self.counts[fault] += 1
                self._played.update(f"{self.clock():.3f} {where} {fault}\n".encode())
                return fault
            roll -= rate
        return None

    def until_somebody_wakes(self) -> float:
        """Seconds until a process that was stopped has gone on for a while; as any slow call without one."""
        now = self.clock()
        wakes = [at - now for at in self.wakes.values() if at > now]
        return min(wakes) + self.chance.uniform(*AFTER_WAKING_S) if wakes else self.slow()

    def slow(self) -> float:
        """Seconds of a slow call."""
        return self.chance.uniform(*SLOW_S)

    @property
    def digest(self) -> str:
        """The same for the same faults at the same moments."""
        return self._played.hexdigest()[:16]


class Perils(Calls):
    """The calls of one process, each of which takes some milliseconds and may go wrong."""

    def __init__(
        self,
        process: Process,
        faults: Faults,
        rates: Mapping[Fault, float],
    ) -> None:
        super().__init__()
        self._process, self._faults, self._rates = process, faults, rates
        self.struck = 0
        """How many of its calls went wrong."""

    def call(self, name: str, action: Callable[[], T]) -> T:
        self._process.pause(self._faults.chance.uniform(0.002, 0.02))
        fault = self._faults.draw(self._rates_of(name), f"{self._process.name} {name}")
        self.struck += fault is not None
        if fault in {Fault.KILLED, Fault.STOPPED}:
            self._faults.unwell.add(self._process.name)
        match fault:
            case Fault.KILLED:
                if self._faults.chance.random() < 0.5:
                    action()
                raise Crash
            case Fault.THROTTLED:
                raise TryAgainLater("throttled")
            case Fault.ANSWER_LOST:
                action()
                raise TryAgainLater("answer lost")
            case Fault.STOPPED:
                seconds = self._faults.chance.uniform(1.1, 3) * LEASE
                self._faults.wakes[self._process.name] = self._faults.clock() + seconds
                self._process.pause(seconds)
            case Fault.SLOW:
                self._process.pause(self._slow(name))
        return action()

    def _rates_of(self, name: str) -> Mapping[Fault, float]:
        del name
        return self._rates

    def _slow(self, name: str) -> float:
        del name
        return self._faults.slow()


class StallingPerils(Perils):
    """The calls of a process that is slow to write: a worker that it takes for lost goes on meanwhile."""

    def _rates_of(self, name: str) -> Mapping[Fault, float]:
        return STALLING if name == "transact" else self._rates

    def _slow(self, name: str) -> float:
        return self._faults.until_somebody_wakes() if name == "transact" else super()._slow(name)


@dataclass
class UnreliableQueues(Queues):
    """Queues that deliver twice, late or, of renders, not at all."""

    faults: Faults | None = None
    deleted: set[str] = field(default_factory=set)
    """Bodies of the messages that were taken and never delivered."""

    def put(self, name: str, body: str) -> None:
        rates = {QUEUE: RENDER_MESSAGE, BULK_QUEUE: RENDER_MESSAGE, NOTICES: NOTICE}.get(name, {})
        fault = self.faults.draw(rates, f"queue {name}") if self.faults else None
        if fault is Fault.DELETED:
            self.deleted.add(body)
            return
        super().put(name, body)
        message: Message = self.messages[name][-1]
        if fault is Fault.DELAYED:
            message.visible_at = self.clock() + DELAY_S
        if fault is Fault.DUPLICATED:
            super().put(name, body)
