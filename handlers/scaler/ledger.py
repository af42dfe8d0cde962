"""The scaler's record in the table: its memory under a fence, and its last decision for others to read."""

from handlers.jobs import keys
from handlers.jobs.keys import Entity
from handlers.jobs.table import ABSENT, Put, Table, equal

from .codec import dumps, loads
from .decision import Decision
from .history import History
from .memory import Memory
from .ports import StaleCopyError, State
from .snapshot import Snapshot

ACTIONS = frozenset({"dynamodb:GetItem", "dynamodb:PutItem"})


class TableLedger:
    """One item per fleet."""

    def __init__(self, table: Table, fleet: str) -> None:
        self._table, self._fleet = table, fleet

    def read(self) -> State:
        """The state after the last decision; empty before the first."""
        item = self._table.get(keys.scaler(self._fleet))
        if item is None:
            return State()
        return State(
            version=int(str(item["version"])),
            batch=str(item["batch"]),
            history=loads(History, str(item["history"])),
            memory=loads(Memory, str(item["memory"])),
        )

    def write(self, before: State, snapshot: Snapshot, decision: Decision, batch: str) -> None:
        """Record the decision on condition that nobody decided since `before` was read."""
        key = keys.scaler(self._fleet)
        written = self._table.put(
            Put(
                item={
                    "pk": key.pk,
                    "sk": key.sk,
                    "entity": Entity.SCALER,
                    "fleet": self._fleet,
                    "version": before.version + 1,
                    "batch": batch,
                    "history": dumps(snapshot.history),
                    "memory": dumps(decision.memory),
                    "desired": decision.desired,
                    "reason": decision.reason,
                    "reason_code": decision.code.value,
                    "taken_at": snapshot.taken_at,
                    "numbers": dumps(decision.need),
                },
                condition=equal(version=before.version) if before.version else ABSENT,
            )
        )
        if not written:
            raise StaleCopyError(
                f"version {before.version} of {key.pk} is no longer the last one; nothing was done"
            )
