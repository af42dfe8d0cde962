"""Deployed dashboards are drawn with their data."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from PIL import Image

from cli.dashboard.pictures import Shown, pictures
from cli.exits import CommandError

END = datetime(2026, 1, 1, 3, tzinfo=UTC)
SHOWN = Shown(start=END - timedelta(hours=3), end=END)
BODY = json.dumps(
    {
        "widgets": [
            {
                "type": "metric",
                "x": 0,
                "y": 0,
                "width": 8,
                "height": 6,
                "properties": {"title": "waiting", "metrics": [["AWS/SQS", "Visible", "QueueName", "q"]]},
            }
        ]
    }
)


class CloudWatch:
    """A CloudWatch with one dashboard and one line."""

    def __init__(self) -> None:
        self.periods: list[int] = []

    def get_dashboard(self, **asked: str) -> dict[str, Any]:
        if asked["DashboardName"] != "clip-it-dev-overview":
            raise ClientError({"Error": {"Code": "ResourceNotFound"}}, "GetDashboard")
        return {**asked, "DashboardBody": BODY}

    def get_metric_data(self, **asked: Any) -> dict[str, Any]:
        (query,) = asked["MetricDataQueries"]
        self.periods.append(query["MetricStat"]["Period"])
        return {"MetricDataResults": [{"Id": query["Id"], "Timestamps": [END], "Values": [3.0]}]}


def test_each_dashboard_is_a_picture_of_its_name(tmp_path: Path) -> None:
    client: Any = CloudWatch()
    (path,) = pictures(client, ["clip-it-dev-overview"], tmp_path / "new", SHOWN)
    assert path == tmp_path / "new" / "clip-it-dev-overview.png"
    with Image.open(path) as picture:
        assert picture.width > picture.height


def test_a_time_lapse_has_points_that_are_closer(tmp_path: Path) -> None:
    client: Any = CloudWatch()
    pictures(client, ["clip-it-dev-overview"], tmp_path, SHOWN)
    pictures(client, ["clip-it-dev-overview"], tmp_path, replace(SHOWN, period_s=12))
    assert client.periods == [60, 12]


def test_a_dashboard_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    client: Any = CloudWatch()
    with pytest.raises(CommandError, match="there is no dashboard clip-it-prod-overview; deploy the stack"):
        pictures(client, ["clip-it-dev-overview", "clip-it-prod-overview"], tmp_path, SHOWN)
