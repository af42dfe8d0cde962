"""The table and the storage of a job server under load, in memory: each call takes the time of one at AWS."""

import json
import math
import time
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from threading import Lock

from handlers.job_server.ports import Unsent
from handlers.jobs.messages.render_queue import MESSAGES_OF_A_CALL
from handlers.jobs.model import Job
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Item, decode_item, encode_item
from handlers.jobs.store.keys import Key
from handlers.jobs.store.table import Condition, Put, Query, QueryPage, Refused, Write
from tests.handlers.life.memory_table import MemoryTable

TABLE_SECONDS = 0.005
"""DynamoDB answers in single-digit milliseconds (developer guide, "What is Amazon DynamoDB?")."""
BUCKET_SECONDS = 0.03
QUEUE_SECONDS = 0.01
PAGE_ITEMS = 1_000
"""Some 1 MB of jobs: what one query reads."""
_PARTITIONS = {
    None: "pk",
    keys.BY_TENANT: "tenant_pk",
    keys.BY_STATE: "state_pk",
    keys.BY_WAITING: "waiting_pk",
}


@dataclass
class PlayedTable(MemoryTable):
    """Reads no more of the items than the partition that a query names; any thread may call."""

    page: int = PAGE_ITEMS
    seconds: float = TABLE_SECONDS
    partitions: dict[tuple[str | None, str], dict[Key, Item]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    lock: Lock = field(default_factory=Lock)

    def get(self, key: Key) -> Item | None:
        """One item."""
        time.sleep(self.seconds)
        with self.lock:
            return super().get(key)

    def get_all(self, wanted: Collection[Key]) -> Mapping[Key, Item]:
        """The items of several keys."""
        time.sleep(self.seconds)
        with self.lock:
            return super().get_all(wanted)

    def try_transaction(self, writes: Sequence[Write]) -> Refused | None:
        """All writes, or none and why."""
        time.sleep(self.seconds)
        touched = [
            Key(str(one.item["pk"]), str(one.item["sk"])) if isinstance(one, Put) else one.key
            for one in writes
        ]
        with self.lock:
            for key in touched:
                self._index(key, present=False)
            refused = super().try_transaction(writes)
            for key in touched:
                self._index(key, present=True)
        return refused

    def delete(self, key: Key, condition: Condition) -> bool:
        """Remove an item on a condition."""
        with self.lock:
            self._index(key, present=False)
            done = super().delete(key, condition)
            self._index(key, present=True)
        return done

    def _page(self, query: Query) -> QueryPage:
        time.sleep(self.seconds)
        return super()._page(query)

    def _counted(self, query: Query) -> tuple[int, Item | None]:
        time.sleep(self.seconds)
        return super()._counted(query)

    def _read(self, query: Query) -> tuple[list[Item], Item | None]:
        partition = next(str(value) for value in query.match.values.values())
        with self.lock:
            part = MemoryTable(items=dict(self.partitions[query.index, partition]), page=self.page)
        found, after = part._read(query)
        # Items come as JSON, and reading that is most of what a query costs the task.
        answer = json.loads(json.dumps([encode_item(one) for one in found]))
        return [decode_item(one) for one in answer], after

    def _index(self, key: Key, *, present: bool) -> None:
        item = self.items.get(key, {})
        for index, name in _PARTITIONS.items():
            if name in item:
                found = self.partitions[index, str(item[name])]
                if present:
                    found[key] = item
                else:
                    found.pop(key, None)


class PlayedStorage:
    """S3, as far as the job server calls it: every asset is there, and nothing is known of it."""

    def put_object(self, **_: object) -> None:
        """Take the time of an upload."""
        time.sleep(BUCKET_SECONDS)

    def get_object(self, **_: object) -> dict[str, BytesIO]:
        """Take the time of a look-up."""
        time.sleep(BUCKET_SECONDS)
        return {"Body": BytesIO()}

    def generate_presigned_url(self, *_: object, **__: object) -> str:
        """A link that leads nowhere, made without a call, as by boto3."""
        return "https://storage.invalid/"


class PlayedQueue:
    """Takes every message."""

    def send(self, job: Job, *, now: float) -> str:
        """Take the time of a message."""
        del now
        time.sleep(QUEUE_SECONDS)
        return job.id

    def send_all(self, jobs: Sequence[Job], *, now: float) -> Sequence[Unsent]:
        """Take the time of a message for every ten."""
        del now
        time.sleep(QUEUE_SECONDS * math.ceil(len(jobs) / MESSAGES_OF_A_CALL))
        return []


class PlayedDependencies:
    """All of them answer."""

    def unreachable(self) -> list[str]:
        """Nobody."""
        return []
