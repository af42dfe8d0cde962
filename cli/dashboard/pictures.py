"""Fetches the deployed dashboards and their data, and draws each to a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cli.dashboard.drawing import Points, draw
from cli.dashboard.widgets import BodyError, Graph, graphs
from cli.exits import CommandError
from handlers.jobs.error_codes import code_of

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The time that is shown, and the seconds of a point; without them each line has its own."""

    start: datetime
    end: datetime
    period_s: int | None = None


def pictures(cloudwatch: "CloudWatchClient", names: Sequence[str], folder: Path, shown: Shown) -> list[Path]:
    """Draw the dashboards of these names; returns the files.

    Raises:
        CommandError: One is not there, or cannot be drawn.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for name in names:
        try:
            found = graphs(cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"])
        except ClientError as problem:
            if code_of(problem) != "ResourceNotFound":
                raise
            raise CommandError(
                f"there is no dashboard {name}; deploy the stack, or check whose credentials these are"
            ) from None
        except BodyError as problem:
            raise CommandError(f"{name}: {problem}") from None
        path = folder / f"{name}.png"
        draw(found, _data(cloudwatch, found, shown), (shown.start, shown.end), path)
        drawn.append(path)
    return drawn


def _data(
    cloudwatch: "CloudWatchClient", found: list[Graph], shown: Shown
) -> Mapping[tuple[int, str], Points]:
    data: dict[tuple[int, str], Points] = {}
    for number, graph in enumerate(found):
        answer = cloudwatch.get_metric_data(
            MetricDataQueries=[
                {
                    "Id": line.id,
                    "MetricStat": {
                        "Metric": {
                            "Namespace": line.namespace,
                            "MetricName": line.metric,
                            "Dimensions": [{"Name": key, "Value": value} for key, value in line.dimensions],
                        },
                        "Period": shown.period_s or line.period,
                        "Stat": line.statistic,
                    },
                }
                for line in graph.lines
            ],
            StartTime=shown.start,
            EndTime=shown.end,
            ScanBy="TimestampAscending",
        )
        for result in answer["MetricDataResults"]:
            data[number, result["Id"]] = (result["Timestamps"], result["Values"])
    return data
