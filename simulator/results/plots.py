"""Pictures: one run over time, and waits against cost for all policies."""

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from simulator.recording import Recording

if TYPE_CHECKING:
    from simulator.compare import Comparison

HOUR_S = 3600.0
COLORS = {
    "busy": "#2f6f8f",
    "idle": "#a7d0a0",
    "booting": "#e8b04a",
    "queue": "#b03a48",
    "ours": "#b03a48",
    "unsafe": "#bbbbbb",
}
MARKERS = "sD^v<>pPX*"
PUBLISHED = ("C0", "C1", "C2", "C4", "C5", "C6", "C8", "C9")
"""Without the red and the gray."""
SHORT_S = 1.0


def timeline(recording: Recording, *, first_h: float = 0.0, last_h: float | None = None) -> Figure:
    """Queue, fleet by state and each job's wait over time."""
    rows = recording.rows
    hours = rows[:, 0] / HOUR_S
    last = float(hours[-1]) if last_h is None else last_h
    seen = (hours >= first_h) & (hours <= last)
    figure, (queue, fleet, waits) = plt.subplots(3, 1, sharex=True, figsize=(10, 7), layout="constrained")
    queue.step(hours[seen], rows[seen, 1], where="post", color=COLORS["queue"], linewidth=0.8)
    queue.set_ylabel("queued jobs")
    fleet.stackplot(
        hours[seen],
        rows[seen, 2],
        rows[seen, 3],
        rows[seen, 4],
        labels=["busy", "idle", "booting"],
        colors=[COLORS["busy"], COLORS["idle"], COLORS["booting"]],
        step="post",
    )
    fleet.set_ylabel("instances")
    fleet.legend(loc="upper left", ncols=3, frameon=False)
    arrived = recording.arrival / HOUR_S
    inside = (arrived >= first_h) & (arrived <= last)
    waits.scatter(arrived[inside], recording.waits[inside], s=2, color=COLORS["busy"], linewidths=0)
    waits.set_ylabel("wait of each job, s")
    waits.set_xlabel("hours")
    score = recording.score
    waited = f"p95 {score.p95:.0f} s, p99 {score.p99:.0f} s"
    figure.suptitle(f"{score.policy} on {score.trace}: {waited}, {score.hours:.0f} instance-hours", wrap=True)
    return figure


def tradeoff(comparisons: Sequence["Comparison"]) -> Figure:
    """p95 wait against hours over the clairvoyant's, for each case; lower and further left is better.

    Published policies have a marker each, in one legend, because their points lie close together. Of ours
    the shortest and the longest objective are labeled.
    """
    columns = min(3, len(comparisons))
    lines = -(-len(comparisons) // columns)
    figure, axes = plt.subplots(
        lines, columns, figsize=(5 * columns, 4 * lines), squeeze=False, layout="constrained"
    )
    names = list(dict.fromkeys(score.policy for found in comparisons for score in found.published))
    for axis, found in zip(axes.flat, comparisons, strict=False):
        for score in found.published:
            place = names.index(score.policy)
            safe = not score.kills and not score.lost
            axis.scatter(
                found.ratio(score),
                max(score.p95, SHORT_S),
                color=PUBLISHED[place % len(PUBLISHED)] if safe else COLORS["unsafe"],
                marker=MARKERS[place % len(MARKERS)],
                s=36,
                alpha=0.8,
                linewidths=0,
            )
        _draw_ours(axis, found)
        axis.set_title(found.case.name, fontsize=10, wrap=True)
        axis.set_yscale("log")
        axis.set_xlim(0.4, min(4.2, max(found.ratio(score) for score in found.published) + 0.3))
        axis.set_xlabel("instance-hours / clairvoyant zero-wait bound", fontsize=8)
        axis.set_ylabel("p95 wait, s (1 = none)", fontsize=8)
        axis.axvline(1.0, color="#cccccc", linewidth=0.8)
    for axis in list(axes.flat)[len(comparisons) :]:
        axis.set_visible(False)
    figure.legend(handles=_legend(names), loc="outside lower center", ncols=columns + 1, frameon=False)
    figure.suptitle("Waits against cost: policies that kill renders are gray", wrap=True)
    return figure


def _draw_ours(axis: Axes, found: "Comparison") -> None:
    ours = [(found.ratio(score), max(score.p95, SHORT_S), objective) for objective, score in found.ours]
    if not ours:
        return
    axis.plot([x for x, _, _ in ours], [y for _, y, _ in ours], "o-", color=COLORS["ours"], markersize=4)
    ends = {ours[0][2]: (*ours[0], -9), ours[-1][2]: (*ours[-1], 5)}
    for x, y, objective, shift in ends.values():
        axis.annotate(
            f"{objective:.0f} s",
            (x, y),
            fontsize=8,
            color=COLORS["ours"],
            ha="right",
            xytext=(-4, shift),
            textcoords="offset points",
            bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 0.5},
        )


def _legend(names: Sequence[str]) -> list[Line2D]:
    published = [
        Line2D(
            [],
            [],
            linestyle="",
            marker=MARKERS[n % len(MARKERS)],
            color=PUBLISHED[n % len(PUBLISHED)],
            label=name,
        )
        for n, name in enumerate(names)
    ]
    ours = Line2D([], [], marker="o", markersize=4, color=COLORS["ours"], label="clip-it, by objective")
    return [ours, *published]


def png(figure: Figure) -> bytes:
    """The picture as the bytes of a PNG file; the figure is closed."""
    out = BytesIO()
    figure.savefig(out, format="png", dpi=110)
    plt.close(figure)
    return out.getvalue()


def busiest(recording: Recording, hours: float) -> tuple[float, float]:
    """The stretch of this length in which the most jobs arrive."""
    bins = np.bincount((recording.arrival / HOUR_S / hours).astype(int))
    begin = float(np.argmax(bins)) * hours
    return begin, begin + hours
