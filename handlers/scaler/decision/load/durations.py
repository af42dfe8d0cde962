"""How long renders last, and how much longer one lasts that has run for a while already."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import inf, log2

from handlers.scaler.decision.estimate import BELIEVED, RECENT

FIRST_S = 0.5
"""Shorter renders are not told apart."""
BINS = 44
"""Two bins an octave, from half a second to twenty-four days."""
STEPS = 16
"""Over so many steps a mean is summed."""

Counts = tuple[float, ...]
NONE: Counts = (0.0,) * BINS


EDGES_S = tuple(0.0 if not n else FIRST_S * 2 ** (n / 2) for n in range(BINS + 1))
"""Where the bins begin; the last ends with the last edge."""


@dataclass(frozen=True, slots=True)
class Survival:
    """The chances that a render lasts longer than each of the edges."""

    chances: Sequence[float]

    def longer(self, seconds: float) -> float:
        """The chance that a render lasts longer."""
        where = 2 * log2(seconds / FIRST_S) if seconds > FIRST_S else 0.0
        n = int(where)
        if n >= BINS:
            return self.chances[BINS] * EDGES_S[BINS] / seconds
        return self.chances[n] + (where - n) * (self.chances[n + 1] - self.chances[n])

    def stays(self, age_s: float, more_s: float) -> float:
        """The chance that a render which has run for `age_s` still runs after `more_s`."""
        return self.longer(age_s + more_s) / self.longer(age_s)

    def within(self, seconds: float) -> float:
        """Mean seconds of a new render, those beyond the given ones left out."""
        step = seconds / STEPS
        return sum([self.longer((n + 0.5) * step) for n in range(STEPS)]) * step


def observed(counts: Counts, seconds: float) -> Counts:
    """The counts after one more finished render."""
    known = counts if len(counts) == BINS else NONE
    here = int(min(2 * log2(seconds / FIRST_S), BINS - 1)) if seconds > FIRST_S else 0
    fade = 1 - 1 / RECENT if sum(known) > RECENT - 1 else 1.0
    return tuple(fade * count + (n == here) for n, count in enumerate(known))


def survival(counts: Counts, service_s: float, ages: Sequence[float] = (), window_s: float = inf) -> Survival:
    """The survival function of finished renders and of those that still run (Kaplan and Meier 1958).

    The finished ones are those of the last `window_s` seconds, so one that runs counts for the ages that it
    reached within these. What is believed beforehand has the median `service_s` and a heavy tail, under which
    a render that has outlasted all others is expected to run as long again: `service_s / (service_s + t)`.
    """
    known = counts if len(counts) == BINS else NONE
    steps = [0] * (BINS + 2)
    for age in ages:
        oldest = _edge_before(age - window_s) + 1 if age > window_s else 1
        newest = _edge_before(age)
        if newest >= oldest:
            steps[oldest] += 1
            steps[newest + 1] -= 1
    running = list(accumulate(steps))
    believed = [BELIEVED * service_s / (service_s + edge) for edge in EDGES_S]
    left = sum(known)
    chance, chances = 1.0, [1.0]
    for n in range(BINS):
        begin, end = believed[n], believed[n + 1]
        # The finished ones that are left, where rounding has not eaten them.
        at_risk = begin + running[n + 1] + (max(known[n], left))
        chance *= 1 - (known[n] + begin - end) / at_risk
        chances.append(chance)
        left -= known[n]
    return Survival(chances=chances)


def _edge_before(seconds: float) -> int:
    return min(int(2 * log2(seconds / FIRST_S)), BINS) if seconds > FIRST_S else 0
