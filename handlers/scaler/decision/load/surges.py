"""How much of a sudden rise in arrivals lasts for a boot: by its age, and by how earlier rises went on.

By its age: what has lasted for some time is expected to last half as long again (a Lomax tail of index two),
so that over a boot the mean share of what has been there for `age` seconds is `age / (age + 2 boot)`.
"""

from dataclasses import dataclass, replace

from handlers.scaler.decision.load.arrivals import Histogram, Rate, jobs_since, rate

DOUBT = 2.0
"""The age of a rise counts as so many earlier ones, when it is asked how much of it will last."""
SHORTEST = 0.125
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
        lasting: share of the earlier rises that was still there over the next boot.
        count: rises behind that share.
    """

    since: float | None = None
    usual: float = 0.0
    risen: float = 0.0
    lasting: float = 0.0
    count: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlook:
    """The arrivals to expect over the next boot, those of now, and what is remembered of rises."""

    rate: Rate
    measured_per_s: float
    surge: Surge


def foresee(seen: Histogram, surge: Surge, now: float, boot_s: float) -> Outlook:
    """The rate over the next boot: the usual one, and as much of a rise over it as is likely to last.

    What has begun only now is a rise over nothing.
    """
    found = rate(seen, now, boot_s * SHORTEST)
    watched = _judged(surge, seen, now, boot_s)
    if found.per_s <= found.usual:
        known_s = max(found.seconds, now - seen[0].began) if seen else 0.0
        expected = found.per_s * _by_age(known_s, boot_s)
        return Outlook(rate=replace(found, per_s=expected), measured_per_s=found.per_s, surge=watched)
    by_age = _by_age(found.seconds, boot_s)
    if watched.since is None and found.seconds <= boot_s:
        watched = replace(watched, since=now, usual=found.usual, risen=found.per_s)
    known = min(watched.count, RECENT)
    share = (DOUBT * by_age + known * watched.lasting) / (DOUBT + known)
    if found.seconds > boot_s:
        share = max(share, by_age)
    expected = found.usual + share * (found.per_s - found.usual)
    return Outlook(rate=replace(found, per_s=expected), measured_per_s=found.per_s, surge=watched)


def _by_age(age_s: float, boot_s: float) -> float:
    """The share of it that is expected over the next boot."""
    return age_s / (age_s + 2 * boot_s)


def _judged(surge: Surge, seen: Histogram, now: float, boot_s: float) -> Surge:
    """A boot after a rise was seen, how much of it has come."""
    rise = surge.risen - surge.usual
    if surge.since is None or now - surge.since < boot_s:
        return surge
    if rise <= 0:
        return replace(surge, since=None)
    came = jobs_since(seen, surge.since) / (now - surge.since)
    share = min(max((came - surge.usual) / rise, 0.0), 1.0)
    weight = 1 / min(surge.count + 1, RECENT)
    return Surge(lasting=surge.lasting + weight * (share - surge.lasting), count=surge.count + 1)
