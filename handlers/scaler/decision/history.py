"""What was observed of a fleet: arrivals, service times, boots and waits, in numbers that stay small."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from handlers.scaler.decision.estimate import Estimate

INTERVAL_S = 10.0
INTERVALS = 360
TEMPLATES = 50
MIX_RECENT = 100.0
YOUNG_S = 120.0
SHORTEST_S = 1e-3
"""No boot and no render is expected to take less."""

AIM = 0.6
"""Lateness is kept at this part of what is allowed: an objective that is just met is often missed."""
INERTIA = 20.0
"""So many late starts raise the price of the next one e-fold."""
LEAST, MOST = -3.0, 2.3
"""Bounds of the pressure: the price of lateness stays within a twentieth and ten times."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Boot:
    """An instance on its way: when it was launched, its stage, and since when."""

    launched_at: float
    stage: str
    since: float


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """What happened since the last look.

    Attributes:
        arrived: jobs that came in.
        templates: templates of those of them that have one.
        waits: seconds that each started render had waited.
        served: seconds that each finished render took, and its template.
        boots: seconds that each new instance took from launch to ready.
    """

    arrived: int = 0
    templates: tuple[str, ...] = ()
    waits: tuple[float, ...] = ()
    served: tuple[tuple[float, str | None], ...] = ()
    boots: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """All observations up to now.

    Attributes:
        arrivals: jobs per ten seconds of the last hour, oldest first; the last entry is the one that runs.
        interval: when the running interval began.
        told_at: when the last news came.
        service: seconds of finished renders.
        templates: the same per template.
        mix: templates of the recent arrivals, the latest counting most.
        boot: seconds from launch to ready.
        late: share of renders that started later than the objective (mean of zeros and ones).
        pressure: logarithm of lateness's price over its stated one; late starts raise it.
        booting: the instances that are not yet ready.
    """

    arrivals: tuple[int, ...] = (0,)
    interval: float = 0.0
    told_at: float | None = None
    service: Estimate = field(default_factory=Estimate)
    templates: Mapping[str, Estimate] = field(default_factory=lambda: MappingProxyType({}))
    mix: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    boot: Estimate = field(default_factory=Estimate)
    late: Estimate = field(default_factory=Estimate)
    pressure: float = 0.0
    booting: Mapping[str, Boot] = field(default_factory=lambda: MappingProxyType({}))

    def at(self, now: float) -> "History":
        """The history with its intervals moved on to the present."""
        if self.interval == 0.0 and self.arrivals == (0,):
            return replace(self, interval=now)
        passed = int((now - self.interval) // INTERVAL_S)
        if passed <= 0:
            return self
        grown = (*self.arrivals, *((0,) * min(passed, INTERVALS)))[-INTERVALS:]
        return replace(self, arrivals=grown, interval=self.interval + passed * INTERVAL_S)

    def covered(self, now: float, seconds: float) -> float:
        """Seconds of the whole intervals within the last `seconds`, and of the one that runs.

        In the minutes before a history begins nobody came: one first job is no stream.
        """
        seen = self._whole(seconds) * INTERVAL_S + max(now - self.interval, 0.0)
        return max(seen, min(seconds, YOUNG_S))

    def rate(self, now: float, seconds: float, shortest_s: float = INTERVAL_S) -> float:
        """Arrivals per second over the time that is covered, which counts as at least `shortest_s`."""
        counted = sum(self.arrivals[-self._whole(seconds) - 1 :])
        return counted / max(self.covered(now, seconds), shortest_s)

    def _whole(self, seconds: float) -> int:
        return min(int(min(seconds, INTERVALS * INTERVAL_S) / INTERVAL_S), len(self.arrivals) - 1)

    def expected_boot(self, believed: float) -> float:
        """Seconds of the next boot."""
        return max(self.boot.blended(believed), SHORTEST_S)

    def after(self, news: News, *, now: float, objective_s: float, quantile: float) -> "History":
        """The history after some news."""
        moved = self.at(now)
        late, pressure = _lateness(moved.late, moved.pressure, news.waits, objective_s, quantile)
        service, templates = moved.service, dict(moved.templates)
        for seconds, template in news.served:
            service = service.observed(seconds)
            if template is not None:
                templates[template] = templates.get(template, Estimate()).observed(seconds)
        boot = moved.boot
        for seconds in news.boots:
            boot = boot.observed(seconds)
        return replace(
            moved,
            arrivals=moved._with(news.arrived, now),
            told_at=now,
            service=service,
            templates=MappingProxyType(_most_seen(templates)),
            mix=_mixed(moved.mix, news.templates),
            boot=boot,
            late=late,
            pressure=pressure,
        )

    def _with(self, arrived: int, now: float) -> tuple[int, ...]:
        """The intervals with these arrivals, spread evenly over the time since the last news."""
        since = now if self.told_at is None else min(self.told_at, now)
        counts, left = list(self.arrivals), arrived
        for back in range(1, len(counts) + 1):
            begin = self.interval - (back - 1) * INTERVAL_S
            if begin <= since or not left:
                counts[-back] += left
                return tuple(counts)
            end = min(now, begin + INTERVAL_S)
            share = min(left, round(left * (end - begin) / (end - since))) if end > since else 0
            counts[-back] += share
            left -= share
        counts[0] += left
        return tuple(counts)

    def booted(self, seconds: float) -> "History":
        """The history after one more boot."""
        return replace(self, boot=self.boot.observed(seconds))

    def expected_service(self, believed: float) -> float:
        """Seconds of the next render: its template's, as far as the mix of templates is known."""
        overall = max(self.service.blended(believed), SHORTEST_S)
        known = {name: share for name, share in self.mix.items() if name in self.templates}
        if not known:
            return overall
        learned = sum(share * self.templates[name].blended(overall) for name, share in known.items())
        unknown = sum(self.mix.values()) - sum(known.values())
        return (learned + unknown * overall) / (sum(known.values()) + unknown)


def _lateness(
    late: Estimate, pressure: float, waits: Iterable[float], objective_s: float, quantile: float
) -> tuple[Estimate, float]:
    for wait in waits:
        is_late = 1.0 if wait > objective_s else 0.0
        late = late.observed(is_late)
        # Dual ascent: the price at which the objective is met is found by how often it is missed.
        pressure = min(max(pressure + (is_late - AIM * (1 - quantile)) / INERTIA, LEAST), MOST)
    return late, pressure


def _mixed(mix: Mapping[str, float], arrived: tuple[str, ...]) -> Mapping[str, float]:
    if not arrived:
        return mix
    after = dict(mix)
    for template in arrived:
        after = {name: share * (1 - 1 / MIX_RECENT) for name, share in after.items()}
        after[template] = after.get(template, 0.0) + 1.0
    most = sorted(after, key=lambda name: -after[name])[:TEMPLATES]
    return MappingProxyType({name: after[name] for name in most})


def _most_seen(templates: dict[str, Estimate]) -> dict[str, Estimate]:
    if len(templates) <= TEMPLATES:
        return templates
    return dict(sorted(templates.items(), key=lambda entry: -entry[1].count)[:TEMPLATES])
