"""The size of a fleet over its last decisions, as steps of an SVG. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from cli.console.words import clock
from handlers.scaler.ports import Taken

WIDTH, HEIGHT = 640.0, 96.0


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One decision on the time axis."""

    x: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Points of two polylines in a box of `WIDTH` by `HEIGHT`, the top of the axis, and the decisions."""

    desired: str
    queued: str
    top: int
    began: str
    ended: str
    marks: tuple[Mark, ...]


def chart_of(recent: Sequence[Taken], now: float) -> Chart | None:
    """The chart; None without a decision."""
    taken = sorted(recent, key=lambda one: one.at)
    if not taken:
        return None
    began, ended = taken[0].at, max(now, taken[-1].at + 1)
    top = max(1, *(max(one.desired, one.queued) for one in taken))

    def x(at: float) -> float:
        return (at - began) / (ended - began) * WIDTH

    def steps(values: Sequence[int]) -> str:
        points: list[str] = []
        ends = [*(one.at for one in taken[1:]), ended]
        for one, value, end in zip(taken, values, ends, strict=True):
            y = HEIGHT - value / top * HEIGHT
            points += [f"{x(one.at):.1f},{y:.1f}", f"{x(end):.1f},{y:.1f}"]
        return " ".join(points)

    return Chart(
        desired=steps([one.desired for one in taken]),
        queued=steps([one.queued for one in taken]),
        top=top,
        began=clock(began),
        ended=clock(ended),
        marks=tuple(
            Mark(x=round(x(one.at), 1), text=f"{clock(one.at)} {one.before} to {one.desired}: {one.reason}")
            for one in taken
        ),
    )
