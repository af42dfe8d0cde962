"""Draws faults of a local stack from a seed, and plays them while programs submit.

The seed decides which faults come in which order, and when; how many come before it is calm, and what each
meets, is the machine's doing.
"""

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from local.emulator.spells import Kind, Spell
from local.stack.runner import LocalStack
from tests.handlers.life.chaos.perils import Fault
from tests.handlers.life.stack_chaos.messages import Queues
from tests.handlers.life.stack_chaos.processes import Processes

EVERY_S: Final = (2.0, 8.0)
TOLD_APART: Final = 100
"""The first faults of a seed, which its digest is of: those of about eight minutes."""
WEIGHTS: Final = {
    Fault.KILLED: 4,
    Fault.STOPPED: 2,
    Fault.SPOT: 1,
    Fault.THROTTLED: 4,
    Fault.ANSWER_LOST: 4,
    Fault.SLOW: 2,
    Fault.DUPLICATED: 4,
    Fault.DELAYED: 3,
    Fault.DELETED: 3,
    Fault.DEAF: 2,
}
TABLE: Final = "dynamodb"
SERVICES: Final = (TABLE, TABLE, "sqs", "s3")
SPELL_S: Final = (0.5, 3.0)
"""An SDK that tries three times does so within about a second."""
SHARES: Final = {Kind.THROTTLED: 0.9, Kind.ANSWER_LOST: 0.5}
HANGS_S: Final = (0.5, 3.0)
DEAF_S: Final = (5.0, 15.0)

Play = Callable[[Random], str | None]
"""Plays a fault; says what it met, if anything."""


def drawn(seed: int) -> Iterator[tuple[float, Fault, float]]:
    """The faults of a seed, without an end: the seconds before each, what it is, and a seed of its own."""
    chance = Random(f"faults {seed}")  # noqa: S311 - no secret
    while True:
        pause = chance.uniform(*EVERY_S)
        (fault,) = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
        yield pause, fault, chance.random()


@dataclass
class Faults:
    """Faults until it is calm, and which of them met something."""

    stack: LocalStack
    seed: int
    unwell: set[str]
    """Instances that were killed, halted or taken back."""
    outages: list[tuple[float, float]]
    """From when until when calls of the table fail."""
    counts: Counter[str] = field(default_factory=Counter)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin to draw."""
        self._threads.append(threading.Thread(target=self._work, daemon=True))
        self._threads[0].start()

    def end(self) -> None:
        """Draw no more; what lasts is over when this returns, but for notices that instances have."""
        self._stop.set()
        for thread in self._threads:  # the first of them adds the others until it has ended
            thread.join()

    @property
    def digest(self) -> str:
        """The same for the same first faults at the same moments, played or not."""
        return hashlib.sha256(repr(list(islice(drawn(self.seed), TOLD_APART))).encode()).hexdigest()[:16]

    def _work(self) -> None:
        plays = self._plays()
        for pause, fault, seed in drawn(self.seed):
            if self._stop.wait(pause):
                return
            thread = threading.Thread(
                target=self._played,
                args=(fault, plays[fault], Random(seed)),  # noqa: S311 - no secret
                daemon=True,
            )
            self._threads.append(thread)
            thread.start()

    def _played(self, fault: Fault, play: Play, chance: Random) -> None:
        with suppress(BotoCoreError, ClientError, OSError):  # another one may be under way
            if what := play(chance):
                self.counts[f"{fault.value}: {what}"] += 1

    def _plays(self) -> Mapping[Fault, Play]:
        processes = Processes(stack=self.stack, unwell=self.unwell)
        queues = Queues(self.stack.connection)
        return {
            Fault.KILLED: processes.kill,
            Fault.STOPPED: processes.halt,
            Fault.SPOT: processes.take_back,
            Fault.THROTTLED: lambda chance: self._spell(chance, Kind.THROTTLED),
            Fault.ANSWER_LOST: lambda chance: self._spell(chance, Kind.ANSWER_LOST),
            Fault.SLOW: self._hang,
            Fault.DUPLICATED: queues.duplicate,
            Fault.DELAYED: queues.delay,
            Fault.DELETED: queues.delete,
            Fault.DEAF: self._deafen,
        }

    def _spell(self, chance: Random, kind: Kind) -> str:
        service, seconds = chance.choice(SERVICES), chance.uniform(*SPELL_S)
        if service == TABLE:
            self._note_outage(seconds)
        self.stack.connection.begin_spell(
            Spell(service=service, kind=kind, share=SHARES[kind], seconds=seconds)
        )
        time.sleep(seconds)
        return service

    def _hang(self, chance: Random) -> str:
        """The emulated AWS accepts calls and answers none: what callers see of a network that is cut."""
        seconds = chance.uniform(*HANGS_S)
        self._note_outage(seconds)
        with self.stack.hanging():
            time.sleep(seconds)
        return "AWS"

    def _note_outage(self, seconds: float) -> None:
        """Before it begins: what comes of it may be seen while it lasts."""
        now = time.time()
        self.outages.append((now, now + seconds))

    def _deafen(self, chance: Random) -> str | None:
        """Disable a function's mapping to the stream; it goes on where it stopped, as Lambda does."""
        functions = self.stack.connection.functions()
        found = [
            one
            for one in functions.list_event_source_mappings()["EventSourceMappings"]
            if ":dynamodb:" in one["EventSourceArn"] and one["State"] == "Enabled"
        ]
        if not found:
            return None
        mapping = chance.choice(found)
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
        time.sleep(chance.uniform(*DEAF_S))
        enabled = False
        while not enabled:
            with suppress(BotoCoreError, ClientError):
                functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
                enabled = True
        return mapping["FunctionArn"].rpartition("clip-it-local-")[2]
