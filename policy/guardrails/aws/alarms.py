"""Alarms: what they watch, and whether they ring when there is more or less of it."""

from __future__ import annotations

from guardrails.resources.resource import Resource
from guardrails.resources.stack import refers
from guardrails.resources.values import any_of, items, present, text


def watches(alarm: Resource, metric: str, dimension: str, target: Resource, *, low: bool = False) -> bool:
    """Whether an alarm rings when the metric of this target, and not of another one, is high; or `low`."""
    if text(alarm.props, "comparisonOperator").startswith("LessThan") is not low:
        return False
    if text(alarm.props, "metricName") == metric:
        return refers(alarm, target, "dimensions", dimension)
    queries = range(len(items(alarm.props, "metricQueries")))
    return any_of(queries, lambda index: _asks(alarm, index, metric, dimension, target))


def _asks(alarm: Resource, index: int, metric: str, dimension: str, target: Resource) -> bool:
    path = ("metricQueries", index, "metric")
    if text(alarm.props, *path, "metricName") != metric:
        return False
    stated = present(alarm.props, *path, "dimensions")
    return refers(alarm, target, *(*path, "dimensions", dimension) if stated else ("metricQueries",))
