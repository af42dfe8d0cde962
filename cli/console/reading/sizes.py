"""How many renders waited and how many instances a fleet had, minute by minute, by CloudWatch's metrics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cli.stack_place import StackPlace
from cli.trace.calls import Calls
from components.parts.observability.alarms import OLDEST_WAIT, OURS, of_scaler

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricTypeDef

SPAN_S, MINUTE_S = 3 * 3600.0, 60
QUEUED, OLDEST, DESIRED, SERVING = "queued", "oldest", "desired", "serving"


@dataclass(frozen=True, kw_only=True)
class Point:
    """The largest value in the minute that begins at this time."""

    at: float
    value: float


Sizes = Mapping[str, Sequence[Point]]
"""Points in the order of time, by the name of what they count."""


def sizes_of(fleet: str, place: StackPlace, calls: Calls) -> Sizes:
    """The last three hours, in one call."""
    now = datetime.now(UTC)
    answer = calls.cloudwatch().get_metric_data(
        MetricDataQueries=[
            {"Id": name, "MetricStat": {"Metric": metric, "Period": MINUTE_S, "Stat": "Maximum"}}
            for name, metric in _metrics(fleet, place).items()
        ],
        StartTime=now - timedelta(seconds=SPAN_S),
        EndTime=now,
        ScanBy="TimestampAscending",
    )
    return {
        result["Id"]: [
            Point(at=at.timestamp(), value=value)
            for at, value in zip(result["Timestamps"], result["Values"], strict=True)
        ]
        for result in answer["MetricDataResults"]
    }


def _metrics(fleet: str, place: StackPlace) -> "Mapping[str, MetricTypeDef]":
    of_group = {"AutoScalingGroupName": place.fleet(fleet).group}
    ours = of_scaler(place.naming.environment, fleet)
    return {
        QUEUED: _metric(OURS, "QueuedJobs", ours),
        OLDEST: _metric(OURS, OLDEST_WAIT, ours),
        DESIRED: _metric("AWS/AutoScaling", "GroupDesiredCapacity", of_group),
        SERVING: _metric("AWS/AutoScaling", "GroupInServiceInstances", of_group),
    }


def _metric(namespace: str, name: str, dimensions: Mapping[str, str]) -> "MetricTypeDef":
    named = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    return {"Namespace": namespace, "MetricName": name, "Dimensions": named}  # type: ignore[typeddict-item]
