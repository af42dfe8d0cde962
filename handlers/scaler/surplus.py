"""Which instances leave: idle ones that stayed surplus for as long as it pays to wait."""

from .limits import Limits
from .snapshot import Instance, Snapshot, Stage


def leaving(
    snapshot: Snapshot, limits: Limits, surplus: int
) -> tuple[tuple[str, ...], tuple[tuple[float, int], ...]]:
    """The idle instances to drain now, and the recent surplus to remember."""
    now = snapshot.taken_at
    if limits.surplus_s == "never":
        return (), ()
    patience = _patience(snapshot, limits)
    recent = (*((at, count) for at, count in snapshot.memory.surplus if at >= now - patience), (now, surplus))
    known_since = snapshot.memory.surplus[0][0] if snapshot.memory.surplus else now
    lasting = min(count for _, count in recent) if known_since <= now - patience else 0
    idle = sorted(
        (one for one in snapshot.instances if _may_leave(one, snapshot, limits)), key=lambda one: one.since
    )
    chosen = tuple(one.id for one in idle[:lasting])
    # One entry from before the window is kept: it proves that the window has been watched in full.
    before = [entry for entry in snapshot.memory.surplus if entry[0] < now - patience][-1:]
    return chosen, tuple((at, count - len(chosen)) for at, count in (*before, *recent))


def _patience(snapshot: Snapshot, limits: Limits) -> float:
    if isinstance(limits.surplus_s, str):
        return snapshot.history.boot.blended(limits.boot_s)
    return limits.surplus_s


def _may_leave(one: Instance, snapshot: Snapshot, limits: Limits) -> bool:
    paid = one.launched_at + limits.billing_minimum_s
    return one.stage is Stage.IDLE and not one.interrupted and snapshot.taken_at >= paid
