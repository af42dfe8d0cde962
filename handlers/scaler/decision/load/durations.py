"""How long renders last, and how much longer one lasts that has run for a while already."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import exp, expm1, inf, log2
from operator import mul

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

    The time that a render spent in a bin counts with the weight at which an end of that time is remembered
    (left truncation: Tsai, Jewell, Wang 1987). Otherwise long renders would count twice, among the finished
    and among the running ones. What is believed beforehand has the median `service_s` and a heavy tail, under
    which one that has outlasted all others is expected to run as long again: `service_s / (service_s + t)`.

    `window_s` is the mean age of the ends that are remembered; infinite while none was forgotten.
    """
    known = counts if len(counts) == BINS else NONE
    entered, partly = [0.0] * (BINS + 1), [0.0] * (BINS + 1)
    for age in ages:
        here = _edge_before(age)
        within_s = age - EDGES_S[here]
        entered[here] += exp(-within_s / window_s)
        partly[here] += _remembered(within_s, window_s)
    believed = [BELIEVED * service_s / (service_s + edge) for edge in EDGES_S]
    lasting, passed = [1.0] * BINS, 0.0
    for n in range(BINS - 1, -1, -1):
        width_s = EDGES_S[n + 1] - EDGES_S[n]
        passed += entered[n + 1]
        at_risk = (passed * _remembered(width_s, window_s) + partly[n]) / width_s + known[n] + believed[n]
        lasting[n] = 1 - (known[n] + believed[n] - believed[n + 1]) / at_risk
        # Those that ended within the bin had entered it half a bin before.
        passed = passed * exp(-width_s / window_s) + known[n] * exp(-width_s / 2 / window_s)
    return Survival(chances=tuple(accumulate(lasting, mul, initial=1.0)))


def _remembered(seconds: float, window_s: float) -> float:
    """What is left of the last so many seconds when each is forgotten by the window."""
    return seconds if window_s == inf else -window_s * expm1(-seconds / window_s)


def _edge_before(seconds: float) -> int:
    return min(int(2 * log2(seconds / FIRST_S)), BINS) if seconds > FIRST_S else 0
