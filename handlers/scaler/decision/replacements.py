"""Which instances are replaced, and when too many were."""

from dataclasses import dataclass

from handlers.scaler.decision.headcount import Headcount
from handlers.scaler.decision.limits import Limits
from handlers.scaler.decision.memory import CLOSED, HALF_OPEN, Breaker
from handlers.scaler.decision.snapshot import Snapshot, Stage

WEIGHT = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class Replacements:
    """Instances to replace now, the replacements within the window, the fleet breaker, and how boots fare."""

    replace: tuple[str, ...]
    replaced: tuple[float, ...]
    breaker: Breaker
    boot_success: float


def replacements_of(snapshot: Snapshot, limits: Limits, headcount: Headcount) -> Replacements:
    """Silent workers and overdue boots, up to the limit of the window.

    The breaker opens when there would be more. Half-open it lets one replacement through; it closes
    when nothing is sick any more.
    """
    now, memory = snapshot.taken_at, snapshot.memory
    replaced = [at for at in memory.replaced if at > now - limits.replacement_window_s]
    breaker = memory.fleet.cooled(now, limits.breaker_open_s)
    sick = headcount.sick if snapshot.blind is None else ()
    if breaker.circuit is HALF_OPEN and not sick:
        breaker = Breaker(since=now)
    if breaker.circuit is CLOSED:
        room = max(0, limits.replacements - len(replaced))
    else:
        room = 1 if breaker.circuit is HALF_OPEN else 0
    # An idle or booting instance costs no render: the silent busy ones come last.
    ordered = sorted(sick, key=lambda one: one.stage is Stage.BUSY)
    chosen = ordered[:room]
    if len(sick) > room or (breaker.circuit is HALF_OPEN and chosen):
        cause = f"{len(sick)} sick after {len(replaced)} replacements in {limits.replacement_window_s:.0f} s"
        breaker = breaker.opened(now, cause)
    return Replacements(
        replace=tuple([one.id for one in chosen]),
        replaced=(*replaced, *((now,) * len(chosen))),
        breaker=breaker,
        boot_success=_boot_success(snapshot, len([one for one in chosen if one.stage.coming])),
    )


def _boot_success(snapshot: Snapshot, failed: int) -> float:
    share = snapshot.memory.boot_success * (1 - WEIGHT) ** failed
    succeeded = max(0.0, snapshot.history.boot.count - snapshot.memory.boots)
    return float(1 - (1 - share) * (1 - WEIGHT) ** min(succeeded, 1000.0))
