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

MINUTE_S, MINUTES = 60, 180
"""Of CloudWatch, and how many are read."""
QUEUED, OLDEST, DESIRED, SERVING = "queued", "oldest", "desired", "serving"


@dataclass(frozen=True, kw_only=True)
class Point:
    """The largest value in the minute that begins at this time."""

    at: float
    value: float


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Points in the order of time, by the name of what they count, and how many seconds each stands for."""

    minute_s: int = MINUTE_S
    lines: Mapping[str, Sequence[Point]]


def sizes_of(fleet: str, place: StackPlace, calls: Calls, minute_s: int = MINUTE_S) -> Sizes:
    """The last three hours, in one call; a local stack in time lapse has shorter minutes."""
    now = datetime.now(UTC)
    answer = calls.cloudwatch().get_metric_data(
        MetricDataQueries=[
            {"Id": name, "MetricStat": {"Metric": metric, "Period": minute_s, "Stat": "Maximum"}}
            for name, metric in _metrics(fleet, place).items()
        ],
        StartTime=now - timedelta(seconds=MINUTES * minute_s),
        EndTime=now,
        ScanBy="TimestampAscending",
    )
    lines = {
        result["Id"]: [
            Point(at=at.timestamp(), value=value)
            for at, value in zip(result["Timestamps"], result["Values"], strict=True)
        ]
        for result in answer["MetricDataResults"]
    }
    return Sizes(minute_s=minute_s, lines=lines)


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
