"""What outlives every process of the play: the table with its stream, queues, files, and who watches them."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from benchmarks.fairness.played_store import PlayedTable
from handlers.jobs.model import Job
from handlers.jobs.store.attributes import Item
from handlers.jobs.store.items import job_from_item
from handlers.jobs.store.keys import Entity, Key
from handlers.jobs.store.table import Refused, Write
from handlers.jobs.store.writing import read_job
from tests.handlers.conftest import Clock
from tests.handlers.life.chaos.perils import Faults, UnreliableQueues
from tests.handlers.life.chaos.schedule import Schedule
from tests.handlers.life.chaos.witness import Witness

SHARDS: Final = 2
"""Parts of the stream, each of which has a notifier of its own."""
WATCHED: Final = {Entity.JOB, Entity.WORKER, Entity.DELIVERY, Entity.DELIVERY_REQUEST}
TOLD: Final = {Entity.JOB, Entity.DELIVERY_REQUEST}
"""What the notifier hears of."""

Record = tuple[Item | None, Item]
"""An item before and after a change."""


@dataclass
class StreamedTable(PlayedTable):
    """A table whose stream tells each change, and whose witness looks at it first."""

    seconds: float = 0.0
    witness: Witness | None = None
    shards: Sequence[deque[Record]] = field(default_factory=lambda: [deque() for _ in range(SHARDS)])

    def try_transaction(self, writes: Sequence[Write]) -> Refused | None:
        before = {key: dict(self.items[key]) if key in self.items else None for key in map(_key, writes)}
        refused = super().try_transaction(writes)
        if refused is None:
            for key, old in before.items():
                self._tell(key, old)
        return refused

    def _tell(self, key: Key, old: Item | None) -> None:
        new = dict(self.items[key]) if key in self.items else None
        if new is None or new["entity"] not in WATCHED:
            return
        if self.witness:
            self.witness.changed(old, new)
        if new["entity"] in TOLD:
            self.shards[sum(key.pk.encode()) % SHARDS].append((old, new))


def _key(write: Write) -> Key:
    item = getattr(write, "item", None)
    return Key(str(item["pk"]), str(item["sk"])) if item else write.key  # type: ignore[union-attr]


class Ground:
    """Where every process stands."""

    def __init__(self, chance: Random) -> None:
        self.chance, self.clock = chance, Clock()
        self.faults = Faults(chance, self.clock)
        self.witness = Witness(self.clock, unwell=self.faults.unwell)
        self.schedule = Schedule(self.clock)
        self.table = StreamedTable(witness=self.witness)
        self.queues = UnreliableQueues(self.clock, faults=self.faults)
        self.stored: set[str] = set()
        self.posted: dict[str, set[str]] = {}
        """The bodies that customers got under each webhook id."""
        self.unheard: set[str] = set()
        """Jobs of whose end the stream has told nobody."""
        self.deleted: dict[str, Job] = {}
        """Jobs that their customers delete, as they ended."""

    def jobs(self) -> list[Job]:
        """Every job that there is."""
        return [job_from_item(item) for key, item in self.table.items.items() if key.sk == "JOB"]

    def job(self, job_id: str) -> Job | None:
        """One job, without a call that could go wrong."""
        return read_job(self.table, job_id)
