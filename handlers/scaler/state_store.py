"""The scaler's record in the table: its memory under a fence, and its last decision for others to read."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Value
from handlers.jobs.store.keys import Entity
from handlers.jobs.store.table import ABSENT, Put, Table, equal
from handlers.scaler.codec import dumps, loads
from handlers.scaler.decision import Decision
from handlers.scaler.decision.history import History
from handlers.scaler.decision.memory import Memory
from handlers.scaler.decision.snapshot import Snapshot
from handlers.scaler.ports import StaleCopyError, State, Taken
from handlers.scaler.recent_waits import RecentWaits

KEPT = 12
BATCHES = 32
"""The stream has a shard for each partition of the table, and each tries its failed batch again by itself."""

ACTIONS = frozenset({"dynamodb:GetItem", "dynamodb:PutItem"})


@dataclass(frozen=True, kw_only=True)
class Recent:
    """The last decisions, the newest first."""

    decisions: tuple[Taken, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Batches:
    """Names of the news that are part of the history, the latest first."""

    names: tuple[str, ...] = ()


T = TypeVar("T", History, Memory, Recent, RecentWaits, Batches)


class TableStateStore:
    """One item per fleet.

    What was written last is remembered: with one copy at a time it is still true, and when it is not, the
    fence says so.
    """

    def __init__(self, table: Table, fleet: str) -> None:
        self._table, self._fleet = table, fleet
        self._last: State | None = None

    def read(self) -> State:
        """The state after the last decision; empty before the first."""
        if self._last is not None:
            return self._last
        item = self._table.get(keys.scaler(self._fleet))
        if item is None:
            return State()
        lost: list[str] = []
        return State(
            version=int(str(item["version"])),
            batches=_part(Batches, item, "batches", lost).names,
            history=_part(History, item, "history", lost),
            memory=_part(Memory, item, "memory", lost),
            taken_at=float(str(item["taken_at"])),
            recent=_part(Recent, item, "recent", lost).decisions,
            # The release before writes none.
            waits=_part(RecentWaits, item, "waits", lost) if "waits" in item else RecentWaits(),
            lost=tuple(lost),
        )

    def write(self, before: State, snapshot: Snapshot, decision: Decision, batch: str) -> None:
        """Record the decision on condition that nobody decided since `before` was read."""
        key = keys.scaler(self._fleet)
        self._last = None
        recent = _recent(before, snapshot, decision)
        batches = (batch, *before.batches)[:BATCHES] if batch else before.batches
        written = self._table.put(
            Put(
                item={
                    "pk": key.pk,
                    "sk": key.sk,
                    "entity": Entity.SCALER,
                    "fleet": self._fleet,
                    "version": before.version + 1,
                    "batches": dumps(Batches(names=batches)),
                    "history": dumps(snapshot.history),
                    "memory": dumps(decision.memory),
                    "desired": decision.desired,
                    "reason": decision.reason,
                    "reason_code": decision.code.value,
                    "taken_at": snapshot.taken_at,
                    "recent": dumps(Recent(decisions=recent)),
                    **_waits(before.waits),
                    **({"boot_failure": snapshot.boot_failure} if snapshot.boot_failure else {}),
                },
                condition=equal(version=before.version) if before.version else ABSENT,
            )
        )
        if not written:
            raise StaleCopyError(
                f"version {before.version} of {key.pk} is no longer the last one; nothing was done"
            )
        self._last = replace(
            before,
            version=before.version + 1,
            batches=batches,
            history=snapshot.history,
            memory=decision.memory,
            taken_at=snapshot.taken_at,
            recent=recent,
            lost=(),
            cached=True,
        )


def _waits(waits: RecentWaits) -> dict[str, Value]:
    """The waits, and what customers see of them."""
    half, most = waits.percentile(0.5), waits.percentile(0.9)
    if half is None or most is None:
        return {}
    return {"waits": dumps(waits), "wait_p50": half, "wait_p90": most, "waits_counted": len(waits.waits)}


def _part(kind: type[T], item: Mapping[str, Value], name: str, lost: list[str]) -> T:
    """One part of the record; a part that this code cannot read is reset, because a scaler must continue."""
    try:
        return loads(kind, str(item[name]))
    except (KeyError, ValueError) as problem:
        lost.append(f"{name}: {problem}")
        return kind()


def _recent(before: State, snapshot: Snapshot, decision: Decision) -> tuple[Taken, ...]:
    """This decision, then the earlier ones; of those that changed nothing only the newest."""
    taken = Taken(
        at=snapshot.taken_at,
        before=snapshot.desired,
        desired=decision.desired,
        queued=snapshot.queued,
        code=decision.code.value,
        reason=decision.reason,
        need=decision.need,
    )
    earlier = before.recent
    if earlier and earlier[0].desired == earlier[0].before:
        earlier = earlier[1:]
    return (taken, *earlier)[:KEPT]
