"""How long renders last, and how much longer one lasts that has run for a while already."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from math import expm1, log, log2, sqrt
from operator import mul

from handlers.scaler.decision.estimate import BELIEVED, RECENT

FIRST_S = 0.5
"""Shorter renders are not told apart."""
BINS = 44
"""Two bins an octave, from half a second to twenty-four days."""

Counts = tuple[float, ...]
Running = Sequence[tuple[float, float]]
"""The age of each render in work, and the chance that one lasts longer than that."""
NONE: Counts = (0.0,) * BINS
ENDLESS_S = 1e12
"""Thirty thousand years: the window while nothing was forgotten."""

KNOTS_S: tuple[float, ...] = tuple(FIRST_S * 2 ** (n / 2) for n in range(BINS + 1))
"""Where chances are known; between two of them they fall linearly with the logarithm of the time."""
EDGES_S = (0.0, *KNOTS_S[1:])
"""Where the bins begin; the last ends with the last edge."""
WIDTHS_S = tuple(end - begin for begin, end in pairwise(EDGES_S))


def _mean_place_s(begin: float, end: float) -> float:
    """The integral from one knot up to a time before the next, of how far between the two each time lies."""
    return end * 2 * log2(end / begin) - (end - begin) * 2 / log(2)


LATE_S = tuple(_mean_place_s(begin, end) for begin, end in pairwise(KNOTS_S))
"""The seconds between two knots that count with the chance at the second of them."""
EARLY_S = tuple(end - begin - late for (begin, end), late in zip(pairwise(KNOTS_S), LATE_S, strict=True))
"""Those that count with the chance at the first."""


@dataclass(frozen=True, slots=True)
class Survival:
    """The chances that a render lasts longer than each of the knots."""

    chances: tuple[float, ...]

    def longer(self, seconds: float) -> float:
        """The chance that a render lasts longer."""
        where = 2 * log2(seconds / FIRST_S) if seconds > FIRST_S else 0.0
        n, chances = int(where), self.chances
        if n >= BINS:
            return chances[BINS] * EDGES_S[BINS] / seconds
        before = chances[n]
        return before + (where - n) * (chances[n + 1] - before)

    def stays(self, age_s: float, more_s: float) -> float:
        """The chance that a render which has run for `age_s` still runs after `more_s`."""
        return self.longer(age_s + more_s) / self.longer(age_s)

    def running(self, ages: Iterable[float]) -> Running:
        """The renders of these ages, to be asked about more than once."""
        longer = self.longer
        return [(age, longer(age)) for age in ages]

    def staying(self, running: Running, more_s: float) -> list[float]:
        """The same chance as `stays` for each of several renders."""
        longer = self.longer
        return [longer(age + more_s) / chance for age, chance in running]

    def within(self, seconds: float) -> float:
        """Mean seconds of a new render, those beyond the given ones left out: the integral of `longer`."""
        if seconds <= FIRST_S:
            return seconds
        n = min(int(2 * log2(seconds / FIRST_S)), BINS)
        whole: float = sum(map(mul, self.chances, EARLY_S[:n])) + sum(map(mul, self.chances[1:], LATE_S[:n]))
        before, last = self.chances[n], KNOTS_S[n]
        if n == BINS:
            return FIRST_S + whole + before * last * log(seconds / last)
        late_s = _mean_place_s(last, seconds)
        return FIRST_S + whole + before * (seconds - last) + late_s * (self.chances[n + 1] - before)


def observed(counts: Counts, seconds: float) -> Counts:
    """The counts after one more finished render."""
    known = counts if len(counts) == BINS else NONE
    here = int(min(2 * log2(seconds / FIRST_S), BINS - 1)) if seconds > FIRST_S else 0
    fade = 1 - 1 / RECENT if sum(known) > RECENT - 1 else 1.0
    faded = [fade * count for count in known]
    faded[here] += 1
    return tuple(faded)


def survival(
    counts: Counts, service_s: float, ages: Sequence[float] = (), window_s: float = ENDLESS_S
) -> Survival:
    """The survival function of finished renders and of those that still run (Kaplan and Meier 1958).

    The time that a render spent in a bin counts with the weight at which an end of that time is remembered
    (left truncation: Tsai, Jewell, Wang 1987). Otherwise long renders would count twice, among the finished
    and among the running ones. What is believed beforehand has the median `service_s` and a heavy tail, under
    which one that has outlasted all others is expected to run as long again: `service_s / (service_s + t)`.

    `window_s` is the mean age of the ends that are remembered; without end while none was forgotten.
    """
    known, (believed, unseen) = counts if len(counts) == BINS else NONE, _believed(service_s)
    entered, partly = [0.0] * (BINS + 1), [0.0] * (BINS + 1)
    for age in ages:
        here = _edge_before(age)
        forgotten = -expm1((EDGES_S[here] - age) / window_s)
        entered[here] += 1 - forgotten
        partly[here] += window_s * forgotten
    lasting, passed = list(unseen), 0.0
    for n in range(BINS - 1, -1, -1):
        ended, width_s = known[n], WIDTHS_S[n]
        passed += entered[n + 1]
        if passed or partly[n] or ended:
            forgotten = -expm1(-width_s / window_s)
            kept = 1 - forgotten
            counted = ended + believed[n]
            at_risk = counted + (passed * window_s * forgotten + partly[n]) / width_s
            # Those that ended within the bin had entered it half a bin before.
            passed = passed * kept + ended * sqrt(kept)
            lasting[n] = 1 - (counted - believed[n + 1]) / at_risk
    return Survival(chances=tuple(accumulate(lasting, mul, initial=1.0)))


@lru_cache(maxsize=8)
def _believed(service_s: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """How many of the renders believed in beforehand last longer than each edge, and their chances by bin."""
    longer = tuple(BELIEVED * service_s / (service_s + edge) for edge in EDGES_S)
    return longer, tuple(1 - (first - then) / first for first, then in pairwise(longer))


def _edge_before(seconds: float) -> int:
    return min(int(2 * log2(seconds / FIRST_S)), BINS) if seconds > FIRST_S else 0
