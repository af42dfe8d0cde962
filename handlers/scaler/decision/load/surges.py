"""How much of a sudden change in arrivals lasts for a boot: by its age, and by how earlier rises went on.

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
    """The rate over the next boot: the usual one, and as much of a change as is likely to last.

    After a fall either the new rate lasts or the usual one comes back, so the rate has the variance of this
    alternative. A rise has none: how high it goes is not known. What has begun now is a rise over nothing.
    """
    found = rate(seen, now, boot_s * SHORTEST)
    watched = _judged(surge, seen, now, boot_s)
    change, by_age = found.per_s - found.usual, _by_age(found.seconds, boot_s)
    if change > 0:
        if watched.since is None and found.seconds <= boot_s:
            watched = replace(watched, since=now, usual=found.usual, risen=found.per_s)
        share = _lasting(watched, by_age, young=found.seconds <= boot_s)
        expected = Rate(
            per_s=found.usual + share * change,
            usual=found.usual,
            instants=found.instants,
            seconds=found.seconds,
        )
        return Outlook(rate=expected, measured_per_s=found.per_s, surge=watched)
    known_s = now - seen[0].began if seen else 0.0
    # What was usual only for a moment, such as a batch, does not come back.
    back = (1 - by_age) * _by_age(max(0.0, known_s - found.seconds), boot_s)
    expected = Rate(
        per_s=_by_age(max(found.seconds, known_s), boot_s) * (found.per_s - back * change),
        usual=found.usual,
        variance=back * (1 - back) * change * change,
        instants=found.instants,
        seconds=found.seconds,
    )
    return Outlook(rate=expected, measured_per_s=found.per_s, surge=watched)


def _lasting(surge: Surge, by_age: float, *, young: bool) -> float:
    """The share of a rise that is expected over the next boot, by its age and by the earlier rises."""
    known = min(surge.count, RECENT)
    share = (DOUBT * by_age + known * surge.lasting) / (DOUBT + known)
    return share if young else max(share, by_age)


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
