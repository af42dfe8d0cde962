"""Metrics over the API: what is put is listed, and comes back by statistic and by expression."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]
START = datetime(2026, 1, 1, tzinfo=UTC)
END = START + timedelta(minutes=3)
OF_A = [{"Name": "Function", "Value": "a"}]


@pytest.fixture
def metric(client: Client, unique: str) -> str:
    """Four values in the first minute, one in the third; and one of another function."""
    data = [
        {
            "MetricName": "Duration",
            "Dimensions": OF_A,
            "Timestamp": START,
            "Values": [1.0, 3.0],
            "Counts": [3, 1],
        },
        {
            "MetricName": "Duration",
            "Dimensions": OF_A,
            "Timestamp": START + timedelta(minutes=2),
            "Value": 5.0,
        },
        {"MetricName": "Duration", "Timestamp": START, "Value": 9.0},
    ]
    client("cloudwatch").put_metric_data(Namespace=unique, MetricData=data)
    return unique


def test_a_statistic_has_a_row_for_each_minute_with_data(client: Client, metric: str) -> None:
    shown = client("cloudwatch").get_metric_statistics(
        Namespace=metric,
        MetricName="Duration",
        Dimensions=OF_A,
        StartTime=START,
        EndTime=END,
        Period=60,
        Statistics=["Sum", "SampleCount"],
    )["Datapoints"]
    assert [(one["Timestamp"], one["Sum"], one["SampleCount"]) for one in shown] == [
        (START, 6.0, 4.0),
        (START + timedelta(minutes=2), 5.0, 1.0),
    ]


def test_percentiles_come_as_extended_statistics(client: Client, metric: str) -> None:
    (shown,) = client("cloudwatch").get_metric_statistics(
        Namespace=metric,
        MetricName="Duration",
        Dimensions=OF_A,
        StartTime=START,
        EndTime=START + timedelta(minutes=1),
        Period=60,
        ExtendedStatistics=["p75", "p99"],
    )["Datapoints"]
    assert shown["ExtendedStatistics"] == {"p75": 1.0, "p99": 3.0}


def test_an_expression_is_computed_from_the_metrics_it_names(client: Client, metric: str) -> None:
    stat = {"Metric": {"Namespace": metric, "MetricName": "Duration", "Dimensions": OF_A}, "Period": 60}
    queries = [
        {"Id": "n", "MetricStat": {**stat, "Stat": "SampleCount"}, "ReturnData": False},
        {"Id": "e", "Expression": "FILL(n, 0) * 10"},
    ]
    (result,) = client("cloudwatch").get_metric_data(
        MetricDataQueries=queries, StartTime=START, EndTime=END, ScanBy="TimestampAscending"
    )["MetricDataResults"]
    assert (result["Id"], result["Values"]) == ("e", [40.0, 0.0, 10.0])


def test_metrics_are_listed_by_name_and_dimensions(client: Client, metric: str) -> None:
    listed = client("cloudwatch").list_metrics(Namespace=metric)["Metrics"]
    assert len(listed) == 2
    (one,) = client("cloudwatch").list_metrics(Namespace=metric, Dimensions=[{"Name": "Function"}])["Metrics"]
    assert one["Dimensions"] == OF_A


@pytest.mark.parametrize(("period", "end"), [(60, START + timedelta(days=2)), (60, START)])
def test_too_many_data_points_and_none_are_refused(
    client: Client, metric: str, period: int, end: datetime
) -> None:
    with pytest.raises(ClientError, match="data points were asked for"):
        client("cloudwatch").get_metric_statistics(
            Namespace=metric,
            MetricName="Duration",
            StartTime=START,
            EndTime=end,
            Period=period,
            Statistics=["Sum"],
        )
