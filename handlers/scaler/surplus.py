"""Which instances leave: idle ones that stayed surplus for as long as it pays to wait."""

from dataclasses import dataclass

from .census import Census
from .limits import Limits
from .snapshot import Snapshot

Watch = tuple[tuple[float, int], ...]
"""(since, level), rising in both: that many instances have been surplus ever since."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaving:
    """Idle instances to drain now, the surplus to remember, and when the next one may leave."""

    drain: tuple[str, ...]
    watch: Watch
    next_in_s: float


def leaving(snapshot: Snapshot, limits: Limits, census: Census, surplus: int) -> Leaving:
    """Drain what has been surplus for the whole of the patience, and is idle, and has used its paid time.

    A priced patience is one boot: as long as keeping an idle instance has cost less than launching it again
    would, it stays. Whatever comes, that pays at most twice what a clairvoyant pays for the gap.
    """
    now = snapshot.taken_at
    patience = _patience(snapshot, limits)
    watch = watched(snapshot.memory.surplus, now, surplus)
    lasting = max((level for since, level in watch if now - since >= patience), default=0)
    paid = [one for one in census.idle if now - one.launched_at >= limits.billing_minimum_s]
    chosen = sorted(paid, key=lambda one: (one.since, one.id))[: min(lasting, surplus)]
    left = tuple((since, level - len(chosen)) for since, level in watch if level > len(chosen))
    waits = [since + patience - now for since, _ in left if since + patience > now]
    return Leaving(
        drain=tuple(one.id for one in chosen), watch=left, next_in_s=min(waits, default=float("inf"))
    )


def watched(watch: Watch, now: float, surplus: int) -> Watch:
    """The watch after one more look."""
    lower = tuple(entry for entry in watch if entry[1] < surplus)
    higher = [since for since, level in watch if level >= surplus]
    return (*lower, (min(higher, default=now), surplus)) if surplus > 0 else ()


def _patience(snapshot: Snapshot, limits: Limits) -> float:
    if limits.surplus_s == "never":
        return float("inf")
    if limits.surplus_s == "priced":
        return snapshot.history.boot.blended(limits.boot_s)
    return float(limits.surplus_s)
