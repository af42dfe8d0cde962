"""How far desired may go: maximum, money, launches per minute, and the breakers."""

from dataclasses import dataclass
from math import ceil, floor

from handlers.jobs.reasons import WaitReason
from handlers.scaler.decision.headcount import Headcount
from handlers.scaler.decision.limits import Limits
from handlers.scaler.decision.memory import CLOSED, HALF_OPEN, OPEN, Breaker
from handlers.scaler.decision.replacements import Replacements
from handlers.scaler.decision.snapshot import LaunchError, Snapshot

MINUTE_S = 60.0
HOPELESS = frozenset({LaunchError.CONFIGURATION, LaunchError.QUOTA})
"""Errors that asking again at once cannot cure: the breaker opens with the first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """The highest desired capacity for now, what binds it, and the breakers after this look.

    Attributes:
        highest: desired is not raised beyond this for now.
        affordable: as many instances does the spending ceiling pay for.
        spot_share: the share of spot to launch with.
        binding: why not, when more would be needed.
        capacity: the capacity breaker.
        spot: the spot breaker.
        unfulfilled_since: since when the group waits for instances without getting any.
        launched: what was asked for within the last minute.
    """

    highest: int
    affordable: int
    spot_share: float
    binding: WaitReason
    capacity: Breaker
    spot: Breaker
    unfulfilled_since: float | None
    launched: tuple[tuple[float, int], ...]


def bounds_of(snapshot: Snapshot, limits: Limits, headcount: Headcount, replacements: Replacements) -> Bounds:
    """The bound of desired at this look."""
    now, desired = snapshot.taken_at, snapshot.desired
    since = _unfulfilled_since(snapshot, headcount)
    capacity = _capacity(snapshot, limits, headcount, since)
    spot = _spot(snapshot, limits)
    spot_share = 0.0 if spot.circuit is OPEN else limits.spot_share
    most = affordable(limits, spot_share)
    launched = [(at, number) for at, number in snapshot.memory.launched if at > now - MINUTE_S]
    speed = max(1, ceil(limits.launches_per_minute * replacements.boot_success))
    bounds = [
        (limits.maximum, WaitReason.FLEET_AT_MAXIMUM),
        (most, WaitReason.SPEND_CEILING),
        (desired + max(0, speed - sum([number for _, number in launched])), WaitReason.INSTANCE_BOOTING),
    ]
    if capacity.circuit is not CLOSED:
        probe = 1 if capacity.circuit is HALF_OPEN and not headcount.missing else 0
        bounds.append((desired + probe, WaitReason.CAPACITY_BREAKER_OPEN))
    if replacements.breaker.circuit is OPEN:
        # Instances that do not come up healthy are not cured by more of them.
        bounds.append((desired, WaitReason.FLEET_BREAKER_OPEN))
    highest, binding = min(bounds, key=lambda bound: bound[0])
    return Bounds(
        highest=highest,
        affordable=most,
        spot_share=spot_share,
        binding=binding,
        capacity=capacity,
        spot=spot,
        unfulfilled_since=since,
        launched=tuple(launched),
    )


def affordable(limits: Limits, spot_share: float) -> int:
    """The most instances whose price per hour stays within the ceiling, with this share of spot.

    While there is no spot capacity the group replaces what it loses by on-demand instances, too.
    """
    if isinstance(limits.spend_ceiling, str):
        return limits.maximum
    base = min(limits.on_demand_base, floor(limits.spend_ceiling / limits.on_demand_price + 1e-9))
    if base < limits.on_demand_base:
        return base
    mixed = spot_share * limits.spot_price + (1 - spot_share) * limits.on_demand_price
    left = limits.spend_ceiling - base * limits.on_demand_price
    if mixed * (limits.maximum - base) <= left:
        return limits.maximum
    return base + floor(left / mixed + 1e-9)


def _unfulfilled_since(snapshot: Snapshot, headcount: Headcount) -> float | None:
    memory = snapshot.memory
    if not headcount.missing:
        return None
    progress = len(snapshot.instances) > memory.members
    return snapshot.taken_at if progress or memory.unfulfilled_since is None else memory.unfulfilled_since


def _capacity(snapshot: Snapshot, limits: Limits, headcount: Headcount, since: float | None) -> Breaker:
    now = snapshot.taken_at
    breaker = snapshot.memory.capacity.cooled(now, limits.breaker_open_s)
    hopeless = sorted(HOPELESS & set(snapshot.launch_errors))
    if hopeless:
        return breaker.opened(now, f"launches fail: {', '.join(hopeless)}")
    if since is not None and now - since >= limits.unfulfilled_s:
        return breaker.opened(now, f"{headcount.missing} instances not launched for {now - since:.0f} s")
    fulfilled = not headcount.missing and len(snapshot.instances) > snapshot.memory.members
    # With nothing to ask for there is no probe either: such a breaker would stay, and its alarm with it.
    idle = breaker.circuit is HALF_OPEN and not headcount.missing
    forgotten = idle and now - breaker.since >= limits.breaker_open_s
    if breaker.circuit is not CLOSED and (fulfilled or forgotten):
        return Breaker(since=now)
    return breaker


def _spot(snapshot: Snapshot, limits: Limits) -> Breaker:
    breaker = snapshot.memory.spot
    if LaunchError.SPOT_CAPACITY in snapshot.launch_errors:
        return breaker.opened(snapshot.taken_at, "no spot capacity of any type in any zone")
    cooled = breaker.cooled(snapshot.taken_at, limits.breaker_open_s)
    # Half-open means: spot is asked for again; another failure opens, silence for one period closes.
    if cooled.circuit is HALF_OPEN and snapshot.taken_at - cooled.since >= limits.breaker_open_s:
        return Breaker(since=snapshot.taken_at)
    return cooled
