"""Whether there was enough traffic for the alarms on objectives: below its floor none of them can ring."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cli.incidents.cloud import Cloud

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricAlarmTypeDef, MetricStatOutputTypeDef

_FLOOR = re.compile(r"IF\(([^>]+)>=(\d+),")
"""The events of an objective, and how many are judged: components/parts/observability/objectives.py."""
_SOURCE = re.compile(r"FILL\((\w+),0\)")
_MINUTE_S = 60


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What an alarm on an objective counts, how many events it needs, and in how many minutes."""

    name: str
    sources: Sequence["MetricStatOutputTypeDef"]
    floor: int
    minutes: int


def watched(alarm: "MetricAlarmTypeDef") -> Watched | None:
    """What an alarm counts, if it is one on an objective."""
    queries = alarm.get("Metrics", [])
    for query in queries:
        if found := _FLOOR.match(query.get("Expression", "")):
            ids = set(_SOURCE.findall(found[1]))
            sources = [one["MetricStat"] for one in queries if one["Id"] in ids and "MetricStat" in one]
            return Watched(
                name=alarm["AlarmName"],
                sources=sources,
                floor=int(found[2]),
                minutes=int(sources[0]["Period"]) // _MINUTE_S,
            )
    return None


def most(counts: Mapping[float, float], edges: Sequence[float], minutes: int) -> float:
    """The most events in so many minutes that follow one another; `edges` are where minutes begin and end."""
    width = min(minutes, len(edges) - 1)
    return max(
        sum(count for at, count in counts.items() if edges[first] <= at < edges[first + width])
        for first in range(len(edges) - width)
    )


def lacking(cloud: Cloud, edges: Sequence[float]) -> list[str]:
    """The alarms on objectives that could not have rung in these minutes, whatever had gone wrong."""
    shown = cloud.connection.cloudwatch().describe_alarms(AlarmNamePrefix=cloud.name(""))["MetricAlarms"]
    found = [one for alarm in shown if (one := watched(alarm))]
    if not found:
        return ["the stack has no alarm on an objective"]
    seen = {one.name: most(_counts(cloud, one, edges), edges, one.minutes) for one in found}
    return [
        f"{one.name} judges from {one.floor} events on, and there were {seen[one.name]:g}"
        for one in found
        if seen[one.name] < one.floor
    ]


def _counts(cloud: Cloud, alarm: Watched, edges: Sequence[float]) -> Mapping[float, float]:
    """The events of each second."""
    counts = defaultdict[float, float](float)
    for source in alarm.sources:
        stat, metric = source["Stat"], source["Metric"]
        points = cloud.connection.cloudwatch().get_metric_statistics(
            Namespace=metric.get("Namespace", ""),
            MetricName=metric.get("MetricName", ""),
            Dimensions=metric.get("Dimensions", []),
            StartTime=datetime.fromtimestamp(edges[0]).astimezone(),
            EndTime=datetime.fromtimestamp(edges[-1]).astimezone() + timedelta(seconds=1),
            Period=1,
            Statistics=["SampleCount", "Sum"],
        )["Datapoints"]
        for point in points:
            value = point.get("SampleCount", 0.0) if stat == "SampleCount" else point.get("Sum", 0.0)
            counts[point["Timestamp"].timestamp()] += value
    return counts
