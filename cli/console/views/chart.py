"""What a fleet's size followed, as panels of step lines over one axis of time. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from cli.console.reading.sizes import DESIRED, MINUTES, OLDEST, QUEUED, SERVING, Point, Sizes
from cli.console.views.words import clock
from handlers.scaler.ports import Taken

WIDTH, PANEL, GAP, FOOT = 1000.0, 56.0, 10.0, 20.0
_FEWEST_MINUTES = 10
"""Of the axis, however young the stack is."""
_TICKS = 4
_SECONDS_BELOW_S = 1800.0
"""A shorter axis has times with seconds."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A place on the axis of time."""

    x: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Title:
    """A line of text beside a panel."""

    text: str
    tone: str = ""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Lines of one unit, as paths of SVG by their tone; `limit` is the height of the objective.

    `titles` have a tone where they name a line; `fills` are the areas below lines.
    """

    y: float
    height: float
    titles: tuple[Title, ...]
    top: str
    paths: tuple[tuple[str, str], ...]
    fills: tuple[tuple[str, str], ...]
    limit: float | None = None


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Panels below one another, the times below them, and the changes of the desired size through all."""

    panels: tuple[Panel, ...]
    ticks: tuple[Mark, ...]
    changes: tuple[Mark, ...]
    height: float


def chart_of(sizes: Sizes | None, recent: Sequence[Taken], objective_s: float, now: float) -> Chart | None:
    """The chart; None without any point."""
    points = [point for line in sizes.lines.values() for point in line] if sizes else []
    if sizes is None or not points:
        return None
    latest, earliest = now - _FEWEST_MINUTES * sizes.minute_s, now - MINUTES * sizes.minute_s
    first = min(one.at for one in points)
    axis = _Axis(began=min(latest, max(earliest, first)), ended=now, minute_s=sizes.minute_s)
    kinds = (
        _Kind(
            titles=(
                Title(text="Instances"),
                Title(text="desired", tone=DESIRED),
                Title(text="in service", tone=SERVING),
            ),
            names=(DESIRED, SERVING),
            filled=SERVING,
        ),
        _Kind(titles=(Title(text="Renders queued"),), names=(QUEUED,), filled=QUEUED),
        _Kind(
            titles=(Title(text="Oldest wait"), Title(text="objective", tone="objective")),
            names=(OLDEST,),
            filled=OLDEST,
            unit=" s",
            limit=objective_s,
        ),
    )
    panels = tuple(axis.panel(n * (PANEL + GAP), kind, sizes) for n, kind in enumerate(kinds))
    return Chart(
        panels=panels,
        ticks=tuple(axis.ticks()),
        changes=tuple(
            Mark(x=axis.x(one.at), text=f"{clock(one.at)} {one.before} → {one.desired}: {one.reason}")
            for one in recent
            if one.before != one.desired and axis.began <= one.at <= now
        ),
        height=len(panels) * (PANEL + GAP) + FOOT,
    )


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """What a panel shows."""

    titles: tuple[Title, ...]
    names: tuple[str, ...]
    filled: str
    unit: str = ""
    limit: float | None = None


@dataclass(frozen=True, kw_only=True)
class _Axis:
    began: float
    ended: float
    minute_s: int

    def x(self, at: float) -> float:
        return round(
            (min(max(at, self.began), self.ended) - self.began) / (self.ended - self.began) * WIDTH, 1
        )

    def ticks(self) -> Iterator[Mark]:
        digits = len("00:00:00") if self.ended - self.began < _SECONDS_BELOW_S else len("00:00")
        for number in range(_TICKS + 1):
            at = self.began + (self.ended - self.began) * number / _TICKS
            yield Mark(x=self.x(at), text=f"{clock(at)[:digits]}{' UTC' if number == _TICKS else ''}")

    def panel(self, y: float, kind: "_Kind", sizes: Sizes) -> Panel:
        lines = {name: sizes.lines.get(name, ()) for name in kind.names}
        highest = max([1.0, kind.limit or 0.0, *(point.value for line in lines.values() for point in line)])
        return Panel(
            y=y,
            height=PANEL,
            titles=kind.titles,
            top=f"{ceil(highest)}{kind.unit}",
            paths=tuple((name, "".join(self._pieces(line, y, highest))) for name, line in lines.items()),
            fills=((kind.filled, self._area(lines[kind.filled], y, highest)),),
            limit=None if kind.limit is None else round(y + PANEL - kind.limit / highest * PANEL, 1),
        )

    def _pieces(self, points: Sequence[Point], y: float, highest: float) -> Iterator[str]:
        """Steps of a minute each; where minutes are missing a new piece begins."""
        piece, ended = "", float("-inf")
        for point in points:
            height = round(y + PANEL - point.value / highest * PANEL, 1)
            if piece and point.at - ended >= self.minute_s:
                yield piece
                piece = ""
            piece += f"V{height}" if piece else f"M{self.x(point.at)},{height}"
            ended = point.at + self.minute_s
            piece += f"H{self.x(ended)}"
        if piece:
            yield piece

    def _area(self, points: Sequence[Point], y: float, highest: float) -> str:
        """What lies below the pieces."""
        ground = round(y + PANEL, 1)
        pieces = self._pieces(points, y, highest)
        return "".join(f"{piece}V{ground}H{piece[1 : piece.index(',')]}Z" for piece in pieces)
