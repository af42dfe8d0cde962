"""Which instances are replaced, and when too many were."""

from dataclasses import dataclass

from .limits import Limits
from .memory import Breaker, Circuit
from .snapshot import Instance, Snapshot, Stage


@dataclass(frozen=True, kw_only=True, slots=True)
class Healing:
    """Instances to replace now, the replacements within the window, and the fleet breaker."""

    replace: tuple[str, ...]
    replaced: tuple[float, ...]
    breaker: Breaker

    @property
    def open(self) -> bool:
        """No instance is replaced for now."""
        return self.breaker.circuit is Circuit.OPEN


def heal(snapshot: Snapshot, limits: Limits) -> Healing:
    """Silent workers and instances past a boot deadline, up to the limit of the window."""
    now, breaker = snapshot.taken_at, snapshot.memory.fleet
    replaced = tuple(at for at in snapshot.memory.replaced if at > now - limits.replacement_window_s)
    if breaker.circuit is Circuit.OPEN and now >= breaker.since + limits.breaker_open_s:
        breaker = Breaker(circuit=Circuit.HALF_OPEN, since=now, cause=breaker.cause)
    if breaker.circuit is Circuit.HALF_OPEN and not replaced:
        breaker = Breaker(since=now)
    room = {Circuit.CLOSED: limits.replacements - len(replaced), Circuit.HALF_OPEN: 1, Circuit.OPEN: 0}[
        breaker.circuit
    ]
    sick = [one.id for one in snapshot.instances if overdue(one, now, limits)]
    chosen = tuple(sick[: max(0, room)])
    if len(sick) > len(chosen) and breaker.circuit is not Circuit.OPEN:
        cause = f"{len(replaced) + len(chosen)} replacements in {limits.replacement_window_s:.0f} s"
        breaker = Breaker(circuit=Circuit.OPEN, since=now, cause=cause)
    return Healing(replace=chosen, replaced=(*replaced, *((now,) * len(chosen))), breaker=breaker)


def overdue(one: Instance, now: float, limits: Limits) -> bool:
    """The instance is silent, or in a boot stage for longer than the stage may take."""
    deadline = {
        Stage.LAUNCHED: limits.launch_deadline_s,
        Stage.ONLINE: limits.bootstrap_deadline_s,
        Stage.REGISTERED: limits.heartbeat_deadline_s,
    }.get(one.stage)
    if deadline is not None:
        return now - one.since > deadline
    return one.stage.present and one.silent_s > limits.silence_s
