"""Draws graphs on their grid into one picture."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure

from cli.dashboard.widgets import Graph

COLUMNS = 24
"""Units of a dashboard's width."""
_INCHES, _DOTS = 0.6, 110
_LABEL, _TITLE, _LEGEND = 7, 9, 6
_FEWEST_TICKS, _MOST_TICKS = 3, 8

Points = tuple[Sequence[datetime], Sequence[float]]


def draw(
    graphs: Sequence[Graph],
    data: Mapping[tuple[int, str], Points],
    span: tuple[datetime, datetime],
    path: Path,
) -> None:
    """Draw the graphs over a span; `data` has the points of a line by the number of its graph and its id."""
    start, end = span
    rows = max(graph.y + graph.height for graph in graphs)
    figure = Figure(figsize=(COLUMNS * _INCHES, rows * _INCHES), dpi=_DOTS, layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(rows, COLUMNS)
    for number, graph in enumerate(graphs):
        place = grid[graph.y : graph.y + graph.height, graph.x : graph.x + graph.width]
        axes = figure.add_subplot(place)
        axes.set_title(graph.title, fontsize=_TITLE, loc="left")
        axes.tick_params(labelsize=_LABEL)
        axes.grid(visible=True, alpha=0.3)
        for line in graph.lines:
            times, values = data.get((number, line.id), ((), ()))
            axes.plot(_days(times), list(values), label=line.label, marker=".", markersize=3, linewidth=1)
        axes.xaxis_date()
        axes.set_xlim(*_days([start, end]))
        ticks = AutoDateLocator(minticks=_FEWEST_TICKS, maxticks=_MOST_TICKS)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(ticks)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(ticks, show_offset=False))  # type: ignore[no-untyped-call]
        axes.set_ylim(0, 1 if _is_flat(graph, number, data) else None)
        axes.spines[["top", "right"]].set_visible(False)
        # Below the graph, as CloudWatch has it: within, it would hide the lines.
        axes.legend(fontsize=_LEGEND, loc="upper left", bbox_to_anchor=(-0.02, -0.08), frameon=False)
    figure.savefig(path)


def _is_flat(graph: Graph, number: int, data: Mapping[tuple[int, str], Points]) -> bool:
    """Whether no line of a graph is ever above 0, so that its axis says nothing by itself."""
    return not any(value for line in graph.lines for value in data.get((number, line.id), ((), ()))[1])


def _days(times: Sequence[datetime]) -> list[float]:
    """Times as matplotlib counts them."""
    return [float(date2num(time)) for time in times]  # type: ignore[no-untyped-call]
