"""How long renders last, and how much longer one lasts that has run for a while already."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import log2

RECENT = 200.0
"""About so many finished renders make up the picture."""
BELIEVED = 3.0
"""The setting `service_s` counts as so many of them."""
FIRST_S = 0.5
BINS = 44
"""Two bins an octave, from half a second to twenty-four days."""
STEPS = 16

Counts = tuple[float, ...]
NONE: Counts = (0.0,) * BINS


@dataclass(frozen=True, slots=True)
class Survival:
    """How many of the known renders lasted longer than so many seconds.

    What is believed beforehand has the median `service_s` and a heavy tail, under which a render that has
    outlasted all others is expected to run as long again: `service_s / (service_s + seconds)`.
    """

    over: Sequence[float]
    service_s: float

    def longer(self, seconds: float) -> float:
        """Renders that last longer."""
        believed = BELIEVED * self.service_s / (self.service_s + seconds)
        where = 2 * log2(seconds / FIRST_S) if seconds > FIRST_S else 0.0
        n = int(where)
        if n >= BINS:
            return believed
        return believed + self.over[n] + (where - n) * (self.over[n + 1] - self.over[n])

    def stays(self, age_s: float, more_s: float) -> float:
        """The chance that a render which has run for `age_s` still runs after `more_s`."""
        return self.longer(age_s + more_s) / self.longer(age_s)

    def within(self, seconds: float) -> float:
        """Mean seconds of a new render, those beyond the given ones left out."""
        step = seconds / STEPS
        return sum([self.longer((n + 0.5) * step) for n in range(STEPS)]) * step / self.longer(0.0)


def observed(counts: Counts, seconds: float) -> Counts:
    """The counts after one more finished render."""
    known = counts if len(counts) == BINS else NONE
    here = int(min(2 * log2(seconds / FIRST_S), BINS - 1)) if seconds > FIRST_S else 0
    fade = 1 - 1 / RECENT if sum(known) > RECENT - 1 else 1.0
    return tuple(fade * count + (n == here) for n, count in enumerate(known))


def survival(counts: Counts, service_s: float) -> Survival:
    """The survival function of these counts."""
    known = counts if len(counts) == BINS else NONE
    total = sum(known)
    over = (total, *(max(0.0, total - shorter) for shorter in accumulate(known)))
    return Survival(over=over, service_s=service_s)
