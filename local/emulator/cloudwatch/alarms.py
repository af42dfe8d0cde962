"""The evaluation of alarms: every minute each is judged, and what changes reaches its topics."""

import json
import sys
import traceback
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

from moto.cloudwatch.models import cloudwatch_backends
from moto.sns.models import sns_backends

from local.emulator.cloudwatch import composites
from local.emulator.cloudwatch.judging import MORE_THAN_NEEDED, Missing, Outcome, State, Terms, judge
from local.emulator.cloudwatch.minutes import Minutes
from local.emulator.cloudwatch.queries import Query, Window, answers
from local.emulator.cloudwatch.series import Metric, store_of
from local.emulator.cloudwatch.statistics import StatisticError
from local.emulator.cloudwatch.time_series import ExpressionError

Alarm: TypeAlias = Any  # moto's Alarm
Backend: TypeAlias = Any  # moto's CloudWatchBackend


def tick(minutes: Minutes) -> None:
    """Judge every alarm at the end of a minute, first those of metrics, then those that combine others."""
    for backend in _backends():
        alarms = list(backend.alarms.values())
        for alarm in alarms:
            if alarm.rule is None:
                _enter(backend, alarm, _outcome(backend, alarm, minutes))
        for alarm in alarms:
            if alarm.rule is not None:
                _combine(backend, alarm, minutes.now)


def _backends() -> Iterator[Backend]:
    for regions in list(cloudwatch_backends.values()):
        yield from list(regions.values())


def _outcome(backend: Backend, alarm: Alarm, minutes: Minutes) -> Outcome:
    """The state of an alarm of metrics; an error in one alarm does not keep others from being judged."""
    try:
        return _judged(backend, alarm, minutes)
    except (ExpressionError, StatisticError) as problem:
        return Outcome(state=State.INSUFFICIENT_DATA, reason=str(problem))
    except Exception as problem:
        traceback.print_exc(file=sys.stderr)
        return Outcome(state=State.INSUFFICIENT_DATA, reason=f"The alarm could not be judged: {problem!r}")


def _judged(backend: Backend, alarm: Alarm, minutes: Minutes) -> Outcome:
    queries, period = queries_of(alarm)
    edges = minutes.edges(period, int(alarm.evaluation_periods) + MORE_THAN_NEEDED)
    window = Window(edges=edges, period=period)
    shown = next(query.id for query in queries if query.returned)
    series = answers(queries, window, store_of(backend.account_id, backend.region_name))[shown]
    return judge([series.get(at) for at in window.grid], _terms(alarm))


def _terms(alarm: Alarm) -> Terms:
    return Terms(
        periods=int(alarm.evaluation_periods),
        to_alarm=int(alarm.datapoints_to_alarm or alarm.evaluation_periods),
        comparison=alarm.comparison_operator,
        threshold=float(alarm.threshold),
        missing=Missing(alarm.treat_missing_data or Missing.MISSING),
    )


def queries_of(alarm: Alarm) -> tuple[Sequence[Query], float]:
    """The queries of an alarm of a metric or of an expression, and the seconds of a period."""
    if not alarm.metric_data_queries:
        metric = Metric(
            namespace=alarm.namespace,
            name=alarm.metric_name,
            dimensions=frozenset((one.name, one.value) for one in alarm.dimensions),
        )
        name = alarm.statistic or alarm.extended_statistic
        return [Query(id="m", metric=metric, statistic=name)], float(alarm.period)
    queries = [_query(one) for one in alarm.metric_data_queries]
    periods = [one.metric_stat.period for one in alarm.metric_data_queries if one.metric_stat]
    return queries, float(next(iter(periods), None) or alarm.metric_data_queries[0].period)


def _query(given: Any) -> Query:
    stat, returned = given.metric_stat, given.return_data in {None, True, "true"}
    if stat is None:
        return Query(id=given.id, expression=given.expression, returned=returned)
    metric = Metric(
        namespace=stat.metric.namespace,
        name=stat.metric.metric_name,
        dimensions=frozenset((one.name, one.value) for one in stat.metric.dimensions),
    )
    return Query(id=given.id, metric=metric, statistic=stat.stat, returned=returned)


def _enter(backend: Backend, alarm: Alarm, outcome: Outcome) -> None:
    """Give an alarm of metrics its state, and take the actions of one that has changed."""
    if before := _change(alarm, outcome):
        act(backend, alarm, before)


def _change(alarm: Alarm, outcome: Outcome) -> str:
    """The state before, if it was another one."""
    before: str = alarm.state_value
    if outcome.state is None or outcome.state == before:
        return ""
    alarm.update_state(outcome.reason, "{}", outcome.state.value)
    return before


def _combine(backend: Backend, alarm: Alarm, now: float) -> None:
    """Give a composite alarm its state; its actions wait for its suppressor."""
    states = {name: State(one.state_value) for name, one in list(backend.alarms.items())}
    held = composites.parse(alarm.rule).holds(lambda name: states.get(name, State.INSUFFICIENT_DATA))
    outcome = Outcome(state=State.ALARM if held else State.OK, reason=f"the rule is {held}: {alarm.rule}")
    before = _change(alarm, outcome)
    alarm.came_from = before or alarm.came_from
    alarm.suppression, acts = composites.advance(
        alarm.suppression,
        alarm.suppressor,
        now=now,
        changed=bool(before),
        suppressing=states.get(alarm.suppressor_name) is State.ALARM,
    )
    if acts:
        act(backend, alarm, alarm.came_from)


def act(backend: Backend, alarm: Alarm, before: str) -> None:
    """Tell the topics of the new state; an action that fails is nobody else's trouble."""
    if not alarm.actions_enabled:
        return
    actions = {
        "ALARM": alarm.alarm_actions,
        "OK": alarm.ok_actions,
        "INSUFFICIENT_DATA": alarm.insufficient_data_actions,
    }[alarm.state_value]
    message = json.dumps(_notification(backend, alarm, before))
    subject = f'{alarm.state_value}: "{alarm.name}" in {backend.region_name}'
    for arn in actions or []:
        if ":sns:" in arn:
            try:
                sns_backends[backend.account_id][backend.region_name].publish(
                    message=message, arn=arn, subject=subject[:100]
                )
            except Exception:
                traceback.print_exc(file=sys.stderr)


def _notification(backend: Backend, alarm: Alarm, before: str) -> dict[str, object]:
    """The message of an alarm, as in the user guide's "Notifying users on alarm changes"."""
    now = datetime.now(UTC)
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": backend.account_id,
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}+0000",
        "Region": backend.region_name,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": before,
    }
