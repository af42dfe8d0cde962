"""CloudWatch dashboards."""

from collections.abc import Iterator

from local.provider.types.aws import Aws
from local.provider.types.checks import json_text, required
from local.provider.types.props import Props
from local.provider.types.resource import (
    Change,
    CheckFailure,
    Created,
    Existing,
    Outputs,
    ResourceType,
    Types,
)

LARGEST_DASHBOARD_NAME = 255


def _put_dashboard(aws: Aws, inputs: Props) -> Created:
    name = inputs.text("dashboardName")
    aws.call("cloudwatch", "put_dashboard", DashboardName=name, DashboardBody=inputs.text("dashboardBody"))
    return Created(id=name)


def _read_dashboard(aws: Aws, it: Existing) -> Outputs | None:
    found = aws.call("cloudwatch", "get_dashboard", DashboardName=it.id)
    return {
        "dashboardName": it.id,
        "dashboardArn": found.text("DashboardArn"),
        "dashboardBody": found.text("DashboardBody"),
    }


def _update_dashboard(aws: Aws, _it: Existing, change: Change) -> None:
    _put_dashboard(aws, change.inputs)


def _delete_dashboard(aws: Aws, it: Existing) -> None:
    aws.call("cloudwatch", "delete_dashboards", DashboardNames=[it.id])


def _has_widgets(inputs: Props) -> Iterator[CheckFailure]:
    body = inputs.json("dashboardBody")
    widgets = body.get("widgets") if isinstance(body, dict) else None
    if not isinstance(widgets, list):
        yield CheckFailure(property="dashboardBody", reason="has no list of widgets")


TYPES: Types = {
    "aws:cloudwatch/dashboard:Dashboard": ResourceType(
        create=_put_dashboard,
        read=_read_dashboard,
        update=_update_dashboard,
        delete=_delete_dashboard,
        checks=(required("dashboardName", "dashboardBody"), json_text("dashboardBody"), _has_widgets),
        name_limit=LARGEST_DASHBOARD_NAME,
        taggable=False,
    ),
}
