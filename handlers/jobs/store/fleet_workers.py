"""The scaler's side of the table: a fleet's workers, and the mark that must precede ending an instance."""

from dataclasses import dataclass

from handlers.jobs.answers import DrainAnswer
from handlers.jobs.model import BootFailure, Worker, WorkerState
from handlers.jobs.store import keys
from handlers.jobs.store.items import boot_failure_from_item, worker_from_item
from handlers.jobs.store.keys import Entity
from handlers.jobs.store.reading import OnUnreadable, UnreadableItemError, readable, untold
from handlers.jobs.store.table import MOST_CALLS, Condition, Query, Table, Update, equal
from handlers.jobs.store.writing import read_worker

ACTIONS = frozenset({"dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"})


@dataclass(frozen=True, kw_only=True)
class FleetRecords:
    """What the instances of a fleet say: workers, and boots that failed."""

    workers: tuple[Worker, ...] = ()
    failures: tuple[BootFailure, ...] = ()


class FleetWorkers:
    """The scaler's access to workers."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of_fleet(self, fleet: str, on_unreadable: OnUnreadable = untold) -> list[Worker]:
        """Every worker of the fleet; the dead are among them until they expire."""
        return list(self.records(fleet, heard_after=0, on_unreadable=on_unreadable).workers)

    def records(
        self, fleet: str, *, heard_after: float, on_unreadable: OnUnreadable = untold
    ) -> FleetRecords:
        """Every worker that was heard after a time, and every boot that failed since.

        Raises:
            UnreadableItemError: somebody has put more items among them than are read. A part of the workers
                would not do: whoever takes the others for dead replaces them.
        """
        match = Condition(
            "#state_pk = :fleet AND #state_sk >= :first",
            {":fleet": keys.workers_pk(fleet), ":first": keys.worker_sk(heard_after)},
        )
        workers, failures = list[Worker](), list[BootFailure]()
        for item in self._table.query(Query(index=keys.BY_STATE, match=match, most_calls=MOST_CALLS)):
            match item.get("entity"):
                case Entity.WORKER:
                    workers += readable([item], worker_from_item, on_unreadable)
                case Entity.BOOT_FAILURE:
                    failures += readable([item], boot_failure_from_item, on_unreadable)
        heard = tuple(one for one in workers if one.heartbeat_at > heard_after)
        return FleetRecords(workers=heard, failures=tuple(failures))

    def mark_draining(self, instance_id: str) -> DrainAnswer:
        """Take an idle worker out of service: `idle -> draining`, so that it can never claim again."""
        item = self._table.update(
            Update(
                key=keys.worker(instance_id),
                changes={"state": WorkerState.DRAINING.value, "idle_since": None},
                condition=equal(state=WorkerState.IDLE.value),
            )
        )
        if item is not None:
            return DrainAnswer.MARKED
        try:
            worker = read_worker(self._table, instance_id)
        except UnreadableItemError:
            # Whatever it holds: from now on it claims nothing, and its agent cannot enter the fleet again.
            draining = {"state": WorkerState.DRAINING.value, "idle_since": None}
            self._table.update(Update(key=keys.worker(instance_id), changes=draining))
            return DrainAnswer.MARKED
        if worker is None:
            return DrainAnswer.UNKNOWN
        return DrainAnswer.BUSY if _may_hold_a_job(worker) else DrainAnswer.ALREADY_DRAINING

    def mark_silent(self, worker: Worker) -> bool:
        """Take a worker out of service for good; False when it has sent a heartbeat since it was read."""
        item = self._table.update(
            Update(
                key=keys.worker(worker.instance_id),
                changes={"state": WorkerState.DRAINING.value, "idle_since": None},
                condition=equal(
                    heartbeat_at=worker.heartbeat_at,
                    state=worker.state.value,
                    job_id=worker.job_id,
                    attempt=worker.attempt,
                ),
            )
        )
        return item is not None


def _may_hold_a_job(worker: Worker) -> bool:
    return worker.state is not WorkerState.DRAINING or worker.job_id is not None
