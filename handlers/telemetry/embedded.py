"""Metrics embedded in a log line (CloudWatch user guide, "Specification: Embedded metric format")."""

from collections.abc import Mapping

from handlers.telemetry.metrics import NAMESPACE, Metric


def embedded(values: Mapping[Metric, float], *, at: float) -> dict[str, object]:
    """The members that make CloudWatch take these values from a log line, whoever ships the line.

    The metrics have the same dimensions; the line has each of them as a member, but for `service`.
    """
    first, *_ = values
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [list(first.dimensions)],
        "Metrics": [{"Name": metric.name, "Unit": metric.unit.value} for metric in values],
    }
    return {
        "_aws": {"Timestamp": int(at * 1000), "CloudWatchMetrics": [directive]},
        "service": first.service,
        **{metric.name: round(value, 3) for metric, value in values.items()},
    }
