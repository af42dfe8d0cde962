"""The graphs of a dashboard's body, line by line.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace


class BodyError(Exception):
    """The body of a dashboard holds what cannot be drawn; the text says what."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a graph: its id within it, what the legend calls it, and what it shows."""

    id: str
    label: str
    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str], ...]
    statistic: str
    period: int


@dataclass(frozen=True, kw_only=True)
class Graph:
    """A graph where it stands on the dashboard, in units of its grid."""

    title: str
    x: int
    y: int
    width: int
    height: int
    lines: Sequence[Line]


def graphs(body: str) -> list[Graph]:
    """The graphs of a dashboard.

    Raises:
        BodyError: A widget is no graph of metrics.
    """
    return [_graph(widget) for widget in json.loads(body)["widgets"]]


def _graph(widget: Mapping[str, object]) -> Graph:
    properties = widget["properties"]
    if widget.get("type") != "metric" or not isinstance(properties, Mapping):
        raise BodyError(
            f"A widget of the type {widget.get('type')!r} cannot be drawn; graphs of metrics can."
        )
    place = {name: int(str(widget[name])) for name in ("x", "y", "width", "height")}
    return Graph(title=str(properties.get("title", "")), **place, lines=_lines(properties))


def _lines(properties: Mapping[str, object]) -> Sequence[Line]:
    """The lines; a label says what tells its line from others of the same metric."""
    found = list(_unlabeled(properties))
    names = Counter(line.label for line in found)
    of_all = frozenset.intersection(*(frozenset(line.dimensions) for line in found)) if found else frozenset()
    return [
        replace(line, label=" ".join([line.label, *(v for k, v in line.dimensions if (k, v) not in of_all)]))
        if names[line.label] > 1
        else line
        for line in found
    ]


def _unlabeled(properties: Mapping[str, object]) -> Iterator[Line]:
    period, metrics = int(str(properties.get("period", 60))), properties["metrics"]
    for number, given in enumerate(metrics if isinstance(metrics, list) else []):
        *words, last = given
        options = last if isinstance(last, Mapping) else {}
        namespace, name, *rest = words if options else given
        stat = str(options.get("stat", properties.get("stat", "Average")))
        yield Line(
            id=f"m{number}",
            label=str(options.get("label", f"{name} {stat}")),
            namespace=namespace,
            metric=name,
            dimensions=tuple(zip(rest[::2], rest[1::2], strict=True)),
            statistic=stat,
            period=period,
        )
