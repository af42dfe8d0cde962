"""What a fleet's size followed, as panels of step lines over one axis of time. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from cli.console.reading.sizes import DESIRED, MINUTE_S, OLDEST, QUEUED, SERVING, SPAN_S, Point, Sizes
from cli.console.views.words import clock
from handlers.scaler.ports import Taken

WIDTH, PANEL, GAP = 1000.0, 44.0, 20.0
_SHORTEST_S = 600.0
"""Of the axis, however young the stack is."""
_TICKS = 4


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A place on the axis of time."""

    x: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Lines of one unit, as paths of SVG by their tone; `limit` is the height of the objective."""

    y: float
    title: str
    top: str
    paths: tuple[tuple[str, str], ...]
    limit: float | None = None


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Panels below one another, the times below them, and the changes of the desired size through all."""

    panels: tuple[Panel, ...]
    ticks: tuple[Mark, ...]
    changes: tuple[Mark, ...]
    height: float


def chart_of(sizes: Sizes, recent: Sequence[Taken], objective_s: float, now: float) -> Chart | None:
    """The chart; None without any point."""
    points = [point for line in sizes.values() for point in line]
    if not points:
        return None
    axis = _Axis(began=min(now - _SHORTEST_S, max(now - SPAN_S, min(one.at for one in points))), ended=now)
    kinds = (
        _Kind(title="instances", names=(DESIRED, SERVING)),
        _Kind(title="renders queued", names=(QUEUED,)),
        _Kind(title="oldest wait and its objective", names=(OLDEST,), unit=" s", limit=objective_s),
    )
    panels = tuple(axis.panel(n * (PANEL + GAP) + GAP, kind, sizes) for n, kind in enumerate(kinds))
    return Chart(
        panels=panels,
        ticks=tuple(axis.ticks()),
        changes=tuple(
            Mark(x=axis.x(one.at), text=f"{clock(one.at)} {one.before} → {one.desired}: {one.reason}")
            for one in recent
            if one.before != one.desired and axis.began <= one.at <= now
        ),
        height=len(panels) * (PANEL + GAP) + GAP,
    )


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """What a panel shows."""

    title: str
    names: tuple[str, ...]
    unit: str = ""
    limit: float | None = None


@dataclass(frozen=True, kw_only=True)
class _Axis:
    began: float
    ended: float

    def x(self, at: float) -> float:
        return round(
            (min(max(at, self.began), self.ended) - self.began) / (self.ended - self.began) * WIDTH, 1
        )

    def ticks(self) -> Iterator[Mark]:
        for number in range(_TICKS + 1):
            at = self.began + (self.ended - self.began) * number / _TICKS
            yield Mark(x=self.x(at), text=f"{clock(at)[:5]}{' UTC' if number == _TICKS else ''}")

    def panel(self, y: float, kind: "_Kind", sizes: Sizes) -> Panel:
        lines = {name: sizes.get(name, ()) for name in kind.names}
        highest = max([1.0, kind.limit or 0.0, *(point.value for line in lines.values() for point in line)])
        return Panel(
            y=y,
            title=kind.title,
            top=f"{ceil(highest)}{kind.unit}",
            paths=tuple((name, self._path(line, y, highest)) for name, line in lines.items()),
            limit=None if kind.limit is None else round(y + PANEL - kind.limit / highest * PANEL, 1),
        )

    def _path(self, points: Sequence[Point], y: float, highest: float) -> str:
        """Steps of a minute each; where minutes are missing the line is broken."""
        pieces: list[str] = []
        ended = float("-inf")
        for point in points:
            height = round(y + PANEL - point.value / highest * PANEL, 1)
            near = point.at - ended < MINUTE_S
            pieces.append(f"V{height}" if near else f"M{self.x(point.at)},{height}")
            ended = point.at + MINUTE_S
            pieces.append(f"H{self.x(ended)}")
        return "".join(pieces)
