"""Composite alarms: moto keeps and shows them once they are in, but has no way in."""

from moto.cloudwatch.responses import CloudWatchResponse

from local.emulator.registering import Request, Result, answer


def _put(request: Request) -> Result:
    given = request.params
    alarm = request.cloudwatch_backend.put_metric_alarm(
        name=given["AlarmName"],
        namespace=None,
        metric_name=None,
        comparison_operator=None,
        evaluation_periods=None,
        period=None,
        threshold=None,
        statistic=None,
        description=given.get("AlarmDescription"),
        dimensions=[],
        alarm_actions=given.get("AlarmActions", []),
        ok_actions=given.get("OKActions", []),
        insufficient_data_actions=given.get("InsufficientDataActions", []),
        actions_enabled=given.get("ActionsEnabled", True),
        rule=given["AlarmRule"],
        tags=given.get("Tags", []),
    )
    alarm.alarm_rule = given["AlarmRule"]
    return {}


def install() -> None:
    """Register this answer."""
    answer(CloudWatchResponse, put_composite_alarm=_put)
