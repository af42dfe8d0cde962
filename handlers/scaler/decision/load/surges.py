"""How much of a sudden rise in arrivals lasts for a boot: learned from how earlier rises went on."""

from dataclasses import dataclass, replace

from handlers.scaler.decision.load.arrivals import Histogram, Rate, jobs_since, rate

BELIEVED = 0.7
"""Share of a rise that is expected to last before any rise was seen to its end."""
DOUBT = 2.0
SHORTEST = 1 / 8
"""A rate is counted over this part of a boot at least: a few jobs in a row are no stream."""
RECENT = 10.0
"""The last ten rises make up the share."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Surge:
    """What is remembered of rises.

    Attributes:
        since: when the rise was seen that is being watched; None while none is.
        usual: arrivals per second before it.
        risen: arrivals per second when it was seen.
        lasting: share of a rise that is still there over the next boot.
        count: rises behind that share.
    """

    since: float | None = None
    usual: float = 0.0
    risen: float = 0.0
    lasting: float = BELIEVED
    count: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlook:
    """The arrivals to expect over the next boot, and what is remembered of rises."""

    rate: Rate
    surge: Surge


def foresee(seen: Histogram, surge: Surge, now: float, boot_s: float) -> Outlook:
    """The rate of now, as much of it as lasted at earlier rises."""
    found = rate(seen, now, boot_s * SHORTEST)
    watched = _judged(surge, seen, now, boot_s)
    if found.per_s <= found.usual:
        return Outlook(rate=found, surge=watched)
    lasting = found.usual + watched.lasting * (found.per_s - found.usual)
    if watched.since is None:
        watched = replace(watched, since=now, usual=found.usual, risen=found.per_s)
    return Outlook(rate=replace(found, per_s=lasting), surge=watched)


def _judged(surge: Surge, seen: Histogram, now: float, boot_s: float) -> Surge:
    """A boot after a rise was seen, how much of it has come."""
    rise = surge.risen - surge.usual
    if surge.since is None or now - surge.since < boot_s:
        return surge
    if rise <= 0:
        return replace(surge, since=None)
    came = jobs_since(seen, surge.since) / (now - surge.since)
    share = min(max((came - surge.usual) / rise, 0.0), 1.0)
    weight = 1 / min(surge.count + 1 + DOUBT, RECENT)
    return Surge(lasting=surge.lasting + weight * (share - surge.lasting), count=surge.count + 1)
