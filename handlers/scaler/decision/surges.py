"""How much of a sudden rise in arrivals lasts for a boot: learned from how earlier rises went on."""

from dataclasses import dataclass, replace

from handlers.scaler.decision.forecast import Rate, forecast
from handlers.scaler.decision.history import History

BELIEVED = 0.7
"""Share of a rise that is expected to last before any rise was seen to its end."""
DOUBT = 2.0
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


def foresee(history: History, surge: Surge, now: float, boot_s: float) -> Outlook:
    """The rate of now, as much of it as lasted at earlier rises."""
    rate = forecast(history, now)
    watched = _judged(surge, history, now, boot_s)
    if rate.per_s <= rate.usual:
        return Outlook(rate=rate, surge=watched)
    lasting = rate.usual + watched.lasting * (rate.per_s - rate.usual)
    if watched.since is None:
        watched = replace(watched, since=now, usual=rate.usual, risen=rate.per_s)
    return Outlook(rate=replace(rate, per_s=lasting), surge=watched)


def _judged(surge: Surge, history: History, now: float, boot_s: float) -> Surge:
    """A boot after a rise was seen, how much of it has come."""
    rise = surge.risen - surge.usual
    if surge.since is None or now - surge.since < boot_s:
        return surge
    if rise <= 0:
        return replace(surge, since=None)
    share = min(max((history.rate(now, now - surge.since) - surge.usual) / rise, 0.0), 1.0)
    weight = 1 / min(surge.count + 1 + DOUBT, RECENT)
    return Surge(lasting=surge.lasting + weight * (share - surge.lasting), count=surge.count + 1)
