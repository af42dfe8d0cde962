"""Pictures: one run over time, and waits against cost for all policies."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from simulator.recording import Recording

if TYPE_CHECKING:
    from simulator.compare import Comparison

HOUR_S = 3600.0
COLORS = {"busy": "#2f6f8f", "idle": "#a7d0a0", "booting": "#e8b04a", "queue": "#b03a48", "ours": "#b03a48"}
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
    """p95 wait against hours over the clairvoyant's, for each case; lower and further left is better."""
    columns = min(3, len(comparisons))
    lines = -(-len(comparisons) // columns)
    figure, axes = plt.subplots(
        lines, columns, figsize=(5 * columns, 4 * lines), squeeze=False, layout="constrained"
    )
    for axis, found in zip(axes.flat, comparisons, strict=False):
        for score in found.published:
            safe = not score.kills and not score.lost
            axis.scatter(
                found.ratio(score),
                max(score.p95, SHORT_S),
                color=COLORS["busy"] if safe else "#bbbbbb",
                marker="o" if safe else "x",
                s=30,
            )
            axis.annotate(
                score.policy,
                (found.ratio(score), max(score.p95, SHORT_S)),
                fontsize=6,
                xytext=(3, 3),
                textcoords="offset points",
            )
        ours = [(found.ratio(score), max(score.p95, SHORT_S), objective) for objective, score in found.ours]
        axis.plot([x for x, _, _ in ours], [y for _, y, _ in ours], "o-", color=COLORS["ours"], markersize=4)
        for x, y, objective in ours:
            axis.annotate(
                f"{objective:.0f} s",
                (x, y),
                fontsize=6,
                color=COLORS["ours"],
                xytext=(3, -8),
                textcoords="offset points",
            )
        axis.set_title(found.case.name, fontsize=9, wrap=True)
        axis.set_yscale("log")
        axis.set_xlim(0.4, min(4.2, max(found.ratio(score) for score in found.published) + 0.3))
        axis.set_xlabel("instance-hours / clairvoyant zero-wait bound", fontsize=8)
        axis.set_ylabel("p95 wait, s (1 = none)", fontsize=8)
        axis.axvline(1.0, color="#cccccc", linewidth=0.8)
    for axis in list(axes.flat)[len(comparisons) :]:
        axis.set_visible(False)
    figure.suptitle(
        "waits against cost: ours by objective (red), published ones (blue), with killed renders (gray x)",
        wrap=True,
    )
    return figure


def save(figure: Figure, path: Path) -> None:
    """The picture as a PNG file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def png(figure: Figure) -> bytes:
    """The picture as PNG bytes."""
    out = BytesIO()
    figure.savefig(out, format="png", dpi=90)
    plt.close(figure)
    return out.getvalue()


def busiest(recording: Recording, hours: float) -> tuple[float, float]:
    """The stretch of this length in which the most jobs arrive."""
    bins = np.bincount((recording.arrival / HOUR_S / hours).astype(int))
    begin = float(np.argmax(bins)) * hours
    return begin, begin + hours
