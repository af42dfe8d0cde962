"""Alarms as the API has them: of metrics and composite ones, checked when they are put, shown as they are."""

from collections.abc import Iterator
from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse

from local.emulator.cloudwatch import alarms, composites
from local.emulator.cloudwatch.composites import Suppression, Suppressor
from local.emulator.cloudwatch.judging import COMPARISONS, State
from local.emulator.cloudwatch.queries import Window, answers
from local.emulator.cloudwatch.series import Store
from local.emulator.cloudwatch.statistics import StatisticError
from local.emulator.cloudwatch.time_series import ExpressionError
from local.emulator.registering import Request, Result, answer, failure

_init, _set_state = Alarm.__init__, CloudWatchBackend.set_alarm_state


def _begin(alarm: Any, *given: Any, **named: Any) -> None:
    """A new alarm knows nothing until it is judged; what could not be judged is refused."""
    _init(alarm, *given, **named)
    alarm.state_value = State.INSUFFICIENT_DATA.value
    alarm.came_from, alarm.suppression = "", Suppression()
    alarm.suppressor_name, alarm.suppressor = "", Suppressor(wait_s=0, extension_s=0)
    for problem in _problems(alarm):
        raise failure("ValidationError", f"{alarm.name}: {problem}")


def _problems(alarm: Any) -> Iterator[str]:
    try:
        if alarm.rule is not None:
            composites.parse(alarm.rule)
            return
        if alarm.comparison_operator not in COMPARISONS:
            yield f"the emulator compares by {', '.join(COMPARISONS)}, not by {alarm.comparison_operator}"
        if alarm.evaluate_low_sample_count_percentile == "ignore":
            yield "the emulator judges percentiles of however few samples"
        queries, _ = alarms.queries_of(alarm)
        if [query.returned for query in queries].count(True) != 1:
            yield "exactly one of the metrics must have ReturnData true"
        answers(queries, Window.even(end=0, period=60, periods=1), Store())
    except (composites.RuleError, StatisticError, ExpressionError) as problem:
        yield str(problem)


def _put_composite(request: Request) -> Result:
    backend, name = request.cloudwatch_backend, request._get_param("AlarmName")
    backend.put_metric_alarm(
        name,
        *(None, None, None, None, None, None, None),
        description=request._get_param("AlarmDescription"),
        dimensions=[],
        alarm_actions=request._get_param("AlarmActions", []),
        ok_actions=request._get_param("OKActions", []),
        insufficient_data_actions=request._get_param("InsufficientDataActions", []),
        actions_enabled=request._get_param("ActionsEnabled", if_none=True),
        rule=request._get_param("AlarmRule"),
        tags=request._get_param("Tags", []),
    )
    alarm = backend.alarms[name]
    alarm.suppressor_name = (request._get_param("ActionsSuppressor") or "").rpartition(":alarm:")[2]
    alarm.suppressor = Suppressor(
        wait_s=float(request._get_param("ActionsSuppressorWaitPeriod") or 0),
        extension_s=float(request._get_param("ActionsSuppressorExtensionPeriod") or 0),
    )
    return {}


def _describe(request: Request) -> Result:
    """The alarms that have all of what is asked for; composite ones only when their type is."""
    names, prefix = request._get_param("AlarmNames"), request._get_param("AlarmNamePrefix") or ""
    state = request._get_param("StateValue")
    types = request._get_param("AlarmTypes") or ["MetricAlarm"]
    chosen = [
        alarm
        for alarm in list(request.cloudwatch_backend.alarms.values())
        if (not names or alarm.name in names)
        and alarm.name.startswith(prefix)
        and state in {None, "", alarm.state_value}
    ]
    of_metrics = [alarm for alarm in chosen if alarm.rule is None]
    combined = [_shown(alarm) for alarm in chosen if alarm.rule is not None]
    return {
        "MetricAlarms": of_metrics if "MetricAlarm" in types else [],
        "CompositeAlarms": combined if "CompositeAlarm" in types else [],
    }


def _shown(alarm: Any) -> Result:
    suppressed = {"ActionsSuppressedBy": alarm.suppression.by} if alarm.suppression.by else {}
    suppressor: Result = {
        "ActionsSuppressor": alarm.suppressor_name,
        "ActionsSuppressorWaitPeriod": int(alarm.suppressor.wait_s),
        "ActionsSuppressorExtensionPeriod": int(alarm.suppressor.extension_s),
    }
    return {
        "AlarmName": alarm.name,
        "AlarmArn": alarm.alarm_arn,
        "AlarmDescription": alarm.description,
        "AlarmRule": alarm.rule,
        "ActionsEnabled": alarm.actions_enabled,
        "AlarmActions": alarm.alarm_actions,
        "OKActions": alarm.ok_actions,
        "InsufficientDataActions": alarm.insufficient_data_actions,
        "StateValue": alarm.state_value,
        "StateReason": alarm.state_reason,
        "StateUpdatedTimestamp": alarm.state_updated_timestamp,
        **(suppressor if alarm.suppressor_name else {}),
        **suppressed,
    }


def _set(backend: Any, alarm_name: str, *given: Any) -> None:
    """A state that is set by hand takes its actions, and lasts until the alarm is judged the next time."""
    before = backend.alarms[alarm_name].state_value if alarm_name in backend.alarms else ""
    _set_state(backend, alarm_name, *given)
    if backend.alarms[alarm_name].state_value != before:
        alarms.act(backend, backend.alarms[alarm_name], before)


def install() -> None:
    """Register these answers."""
    Alarm.__init__ = _begin
    CloudWatchBackend.set_alarm_state = _set
    answer(CloudWatchResponse, put_composite_alarm=_put_composite, describe_alarms=_describe)
