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


SERVER: Final = {Fault.KILLED: 0.02, Fault.THROTTLED: 0.02, Fault.ANSWER_LOST: 0.02}
AGENT: Final = {Fault.KILLED: 0.004, Fault.STOPPED: 0.004, Fault.THROTTLED: 0.02, Fault.ANSWER_LOST: 0.02}
FUNCTION: Final = {Fault.KILLED: 0.01, Fault.THROTTLED: 0.02, Fault.ANSWER_LOST: 0.02}
RENDER_MESSAGE: Final = {Fault.DUPLICATED: 0.05, Fault.DELAYED: 0.05, Fault.DELETED: 0.05}
NOTICE: Final = {Fault.DUPLICATED: 0.05, Fault.DELAYED: 0.05}
"""A notice that was sent is not deleted: SQS keeps what it has taken, and nobody counts notices."""
STREAM: Final = {Fault.DEAF: 0.01}
ATTEMPT: Final = {Fault.SPOT: 0.03}
DELAY_S: Final = 90.0


@dataclass
class Faults:
    """Draws faults until it is calm, and remembers them."""

    chance: Random
    clock: Callable[[], float]
    calm: bool = False
    counts: Counter[Fault] = field(default_factory=Counter)
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

    @property
    def digest(self) -> str:
        """The same for the same faults at the same moments."""
        return self._played.hexdigest()[:16]


class Perils(Calls):
    """The calls of one process, each of which takes some milliseconds and may go wrong."""

    def __init__(self, process: Process, faults: Faults, rates: Mapping[Fault, float]) -> None:
        super().__init__()
        self._process, self._faults, self._rates = process, faults, rates

    def call(self, name: str, action: Callable[[], T]) -> T:
        self._process.pause(self._faults.chance.uniform(0.002, 0.02))
        fault = self._faults.draw(self._rates, f"{self._process.name} {name}")
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
                self._process.pause(self._faults.chance.uniform(1.1, 3) * LEASE)
        return action()


@dataclass
class UnreliableQueues(Queues):
    """Queues that deliver twice, late or, of renders, not at all."""

    faults: Faults | None = None

    def put(self, name: str, body: str) -> None:
        rates = {QUEUE: RENDER_MESSAGE, BULK_QUEUE: RENDER_MESSAGE, NOTICES: NOTICE}.get(name, {})
        fault = self.faults.draw(rates, f"queue {name}") if self.faults else None
        if fault is Fault.DELETED:
            return
        super().put(name, body)
        message: Message = self.messages[name][-1]
        if fault is Fault.DELAYED:
            message.visible_at = self.clock() + DELAY_S
        if fault is Fault.DUPLICATED:
            super().put(name, body)
