"""How many jobs will be in work a boot from now, and how far such forecasts were wrong."""

from dataclasses import dataclass, replace

from handlers.scaler.decision.estimate import BELIEVED
from handlers.scaler.decision.load.arrivals import Rate
from handlers.scaler.decision.load.durations import Running, Survival
from handlers.scaler.decision.load.levels import LEAST_SPREAD

RECENT = 50.0
"""The last fifty forecasts make up the spread."""
WILDEST = 9.0
"""Errors beyond three standard deviations count as three."""
LEAST = 0.5
"""Forecasts that happened to come true narrow the spread to half of what independent arrivals have."""
OVERDUE_S = 60.0
"""A forecast is not judged by a look that comes later than this after its time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast:
    """The jobs in work after some seconds, if nobody has to wait.

    Attributes:
        mean: jobs in work then.
        variance: of that number.
        ending: present renders expected to have ended by then.
        coming: new renders expected by then.
        leaving: renders expected to have ended by then, the new ones among them.
        work_s: mean seconds that a new render works within that time.
        seconds: that time.
    """

    mean: float
    variance: float
    ending: float
    coming: float
    leaving: float
    work_s: float
    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Errors:
    """The forecast that is being watched, and the spread of the earlier ones around what came.

    Attributes:
        due: when the watched forecast is judged; None while none is.
        mean: the jobs it expects.
        variance: of that number, if arrivals are independent.
        affordable: instances that the highest price would have launched ahead for it.
        spread: mean squared error over that variance; 1 for independent arrivals.
        count: forecasts behind the spread.
    """

    due: float | None = None
    mean: float = 0.0
    variance: float = 0.0
    affordable: int = 0
    spread: float = 1.0
    count: float = 0.0


def forecast(running: Running, lasts: Survival, rate: Rate, seconds: float) -> Forecast:
    """What stays of the present jobs, and what comes: an infinite-server queue given its present state."""
    stay = lasts.staying(running, seconds)
    staying, work_s = sum(stay), lasts.within(seconds)
    new = rate.per_s * work_s
    # The rate is itself an estimate from so many instants, and may change back.
    guessed = new * new / rate.instants if rate.instants else 0.0
    guessed += rate.variance * work_s * work_s
    ending = len(stay) - staying
    return Forecast(
        mean=staying + new,
        variance=sum([p * (1 - p) for p in stay]) + new + guessed,
        ending=ending,
        coming=rate.per_s * seconds,
        leaving=ending + rate.per_s * (seconds - work_s),
        work_s=work_s,
        seconds=seconds,
    )


def ending(running: Running, lasts: Survival, rate: Rate, seconds: float) -> float:
    """Renders expected to have ended after some seconds, the new ones among them."""
    stay = sum(lasts.staying(running, seconds))
    return len(running) - stay + rate.per_s * (seconds - lasts.within(seconds))


def judged(errors: Errors, now: float, jobs: int, ahead: Forecast, affordable: int) -> Errors:
    """The errors after this look: one forecast at a time is watched until its time.

    `affordable` are the instances that the highest price launches ahead for the forecast.
    """
    if errors.due is not None and now < errors.due <= now + 2 * ahead.seconds:
        return errors
    if errors.due is not None and errors.due <= now <= errors.due + OVERDUE_S:
        squared = (jobs - errors.mean) ** 2 / max(errors.variance, LEAST_SPREAD)
        weight = 1 / min(errors.count + 1 + BELIEVED, RECENT)
        spread = errors.spread + weight * (min(squared, WILDEST) - errors.spread)
        errors = replace(errors, spread=max(LEAST, spread), count=errors.count + 1)
    return replace(
        errors, due=now + ahead.seconds, mean=ahead.mean, variance=ahead.variance, affordable=affordable
    )
