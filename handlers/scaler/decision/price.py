"""What a late start may cost: the operator's price, under a pressure that grows while starts are late."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import exp

from handlers.scaler.decision.estimate import Estimate

AIM = 0.75
"""Late starts are kept at this part of what is allowed: an objective that is just met is often missed."""
INERTIA = 50.0
"""So many late starts raise the price e-fold: those of one burst say little about the next."""
LEAST, MOST = -3.0, 1.6
"""The price stays within a twentieth and five times of what the operator states."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lateness:
    """How the starts of late were.

    Attributes:
        late: share of renders that started later than the objective (mean of zeros and ones).
        beyond_help: share that no standby would have saved that the highest price pays for.
        pressure: logarithm of the price of a late start over the stated one.
    """

    late: Estimate = field(default_factory=Estimate)
    beyond_help: Estimate = field(default_factory=Estimate)
    pressure: float = 0.0


def after(
    before: Lateness, waits: Iterable[float], *, objective_s: float, quantile: float, beyond_help: bool
) -> Lateness:
    """The lateness after these starts: dual ascent on the price until the objective is met.

    `beyond_help` says that more jobs came than the highest price keeps instances for. Once more of those are
    late than the objective allows, no price meets it, and they are no reason to pay more.
    """
    allowed = 1 - quantile
    late_share, lost_share, pressure = before.late, before.beyond_help, before.pressure
    for wait in waits:
        late = wait > objective_s
        lost = late and beyond_help
        late_share, lost_share = late_share.observed(float(late)), lost_share.observed(float(lost))
        if not (lost and lost_share.mean > allowed):
            pressure = min(max(pressure + (late - AIM * allowed) / INERTIA, LEAST), MOST)
    return Lateness(late=late_share, beyond_help=lost_share, pressure=pressure)


def price(limits_price: float, boot_s: float, pressure: float) -> float:
    """Seconds of an instance that a late start may cost, told for a boot: so long waits who finds nobody."""
    return limits_price * boot_s * exp(pressure)
