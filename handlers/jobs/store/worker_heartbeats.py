"""A worker's own record: written by its agent at start, with every heartbeat and at its end."""

from handlers.jobs.answers import Registration
from handlers.jobs.model import Worker, WorkerState
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Item
from handlers.jobs.store.items import worker_from_item, worker_to_item
from handlers.jobs.store.reading import UnreadableItemError
from handlers.jobs.store.table import PRESENT, Condition, Put, Table, Update, equal
from handlers.jobs.store.writing import read_worker

ACTIONS = frozenset({"dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"})

RECORD_SECONDS = 3600
"""How long the record of a silent worker stays before it expires."""


class WorkerHeartbeats:
    """The render agent's access to its own record."""

    def __init__(self, table: Table, *, agent_version: str | None = None) -> None:
        self._table, self._agent_version = table, agent_version

    def register(self, instance_id: str, *, fleet: str, now: float) -> Registration:
        """Enter the fleet as idle, also after a restart; a worker marked as draining stays so."""
        worker = Worker(
            instance_id=instance_id,
            fleet=fleet,
            state=WorkerState.IDLE,
            heartbeat_at=now,
            registered_at=now,
            idle_since=now,
            agent_version=self._agent_version,
        )
        written = self._table.put(
            Put(
                item=worker_to_item(worker, _expiry(now)),
                condition=Condition(
                    "attribute_not_exists(#pk) OR #state <> :draining",
                    {":draining": WorkerState.DRAINING.value},
                ),
            )
        )
        return Registration.REGISTERED if written else Registration.DRAINING

    def heartbeat(self, instance_id: str, *, now: float) -> Worker | None:
        """Renew the heartbeat, and return whether the worker must drain.

        None: it must register first, because its record is gone or cannot be read.
        """
        item = self._table.update(
            Update(
                key=keys.worker(instance_id),
                changes={
                    "heartbeat_at": now,
                    "state_sk": keys.worker_sk(now),
                    "expires_at": _expiry(now),
                },
            )
        )
        return _readable(item)

    def start_draining(self, instance_id: str) -> Worker | None:
        """The instance is being terminated (spot notice, termination hook): claim nothing more."""
        item = self._table.update(
            Update(
                key=keys.worker(instance_id),
                changes={"state": WorkerState.DRAINING.value, "idle_since": None},
                condition=PRESENT,
            )
        )
        return _readable(item)

    def free(self, instance_id: str, *, job_id: str, attempt: int, now: float) -> bool:
        """Release an attempt that was fenced off; False when that attempt is not the worker's."""
        try:
            worker = read_worker(self._table, instance_id)
        except UnreadableItemError:
            return False  # the next heartbeat registers again
        update = worker and freeing(worker, job_id=job_id, attempt=attempt, now=now)
        return bool(update and self._table.update(update))

    def leave(self, instance_id: str) -> bool:
        """Remove the record of a draining worker; False when it is not draining."""
        return self._table.delete(keys.worker(instance_id), equal(state=WorkerState.DRAINING.value))


def freeing(worker: Worker, *, job_id: str, attempt: int, now: float) -> Update | None:
    """The write that ends an attempt for its worker: busy becomes idle, draining stays draining."""
    if (worker.job_id, worker.attempt) != (job_id, attempt):
        return None
    busy = worker.state is WorkerState.BUSY
    return Update(
        key=keys.worker(worker.instance_id),
        changes={
            "state": (WorkerState.IDLE if busy else worker.state).value,
            "idle_since": now if busy else None,
            "busy_since": None,
            "job_id": None,
            "attempt": None,
        },
        condition=equal(state=worker.state.value, job_id=job_id, attempt=attempt),
    )


def _readable(item: Item | None) -> Worker | None:
    try:
        return worker_from_item(item) if item else None
    except UnreadableItemError:
        return None


def _expiry(now: float) -> int:
    return int(now) + RECORD_SECONDS
