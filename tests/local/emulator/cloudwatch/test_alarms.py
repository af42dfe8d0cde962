"""Alarms change by their own expressions, and say so to their topics."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from moto.cloudwatch.models import cloudwatch_backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends

from local.emulator.cloudwatch import alarms
from local.emulator.cloudwatch.minutes import Minutes

MINUTE = 1_900_000_020.0
Client = Callable[[str], Any]
Measure = Callable[..., None]


@pytest.fixture
def topic(client: Client, unique: str) -> str:
    arn: str = client("sns").create_topic(Name=unique)["TopicArn"]
    return arn


def heard(topic: str) -> list[tuple[str, str, str]]:
    """The alarm, the state before and the state after of each notification."""
    sent = sns_backends[DEFAULT_ACCOUNT_ID]["eu-central-1"].topics[topic].sent_notifications
    messages = [json.loads(one[1]) for one in sent]
    return [(one["AlarmName"], one["OldStateValue"], one["NewStateValue"]) for one in messages]


def alarm(client: Client, unique: str, topic: str = "", **changes: Any) -> None:
    actions = {"AlarmActions": [topic], "OKActions": [topic]} if topic else {}
    given = {
        "AlarmName": unique,
        "Namespace": unique,
        "MetricName": "Errors",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 3,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0,
        "TreatMissingData": "notBreaching",
        **actions,
        **changes,
    }
    if "Metrics" in given:
        given = {key: value for key, value in given.items() if key not in {"Namespace", "MetricName"}}
        given = {key: value for key, value in given.items() if key not in {"Statistic", "Period"}}
    client("cloudwatch").put_metric_alarm(**given)


def tick(*ends: float) -> None:
    """Let minutes end, and judge the alarms at the end of the last."""
    minutes = Minutes()
    for at in ends or (MINUTE,):
        minutes.end(at)
    alarms.tick(minutes)


def state(client: Client, name: str) -> str:
    shown = client("cloudwatch").describe_alarms(
        AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    (found,) = shown["MetricAlarms"] + shown["CompositeAlarms"]
    value: str = found["StateValue"]
    return value


def test_an_alarm_knows_nothing_until_it_is_judged(client: Client, unique: str) -> None:
    alarm(client, unique)
    assert state(client, unique) == "INSUFFICIENT_DATA"
    tick()
    assert state(client, unique) == "OK"


def test_an_alarm_rings_by_its_metric_tells_its_topic_once_and_recovers(
    client: Client, unique: str, topic: str, measure: Measure
) -> None:
    alarm(client, unique, topic)
    measure("Errors", [1, 1, 1], end=MINUTE)
    for _ in range(2):
        tick()
    assert state(client, unique) == "ALARM"
    tick(MINUTE + 240)
    assert heard(topic) == [(unique, "INSUFFICIENT_DATA", "ALARM"), (unique, "ALARM", "OK")]


def test_an_alarm_whose_actions_are_disabled_tells_nobody(
    client: Client, unique: str, topic: str, measure: Measure
) -> None:
    alarm(client, unique, topic, ActionsEnabled=False)
    measure("Errors", [1, 1, 1], end=MINUTE)
    tick()
    assert state(client, unique) == "ALARM"
    assert heard(topic) == []


def test_an_alarm_rings_by_an_expression_with_counts_within_a_bound(
    client: Client, unique: str, measure: Measure
) -> None:
    def stat(name: str, statistic: str) -> dict[str, Any]:
        metric = {"Namespace": unique, "MetricName": "Seconds"}
        return {
            "Id": name,
            "MetricStat": {"Metric": metric, "Period": 3600, "Stat": statistic},
            "ReturnData": False,
        }

    burn = "IF(FILL(n, 0) >= 100, (1 - FILL(ok, 0) / n) / 0.01, 0)"
    shown = {"Id": "burn", "Expression": burn, "ReturnData": True}
    queries = [shown, stat("n", "SampleCount"), stat("ok", "TC(:0.5)")]
    alarm(client, unique, Metrics=queries, EvaluationPeriods=1, Threshold=14.4)
    measure("Seconds", [0.1] * 80 + [2.0] * 20, end=MINUTE, every=1)
    tick()
    assert state(client, unique) == "ALARM"


def test_in_time_lapse_periods_are_as_long_as_the_minutes_were(
    client: Client, unique: str, measure: Measure
) -> None:
    alarm(client, unique, EvaluationPeriods=3, DatapointsToAlarm=3)
    measure("Errors", [1, 1, 1], end=MINUTE, every=3)
    tick()
    assert state(client, unique) == "OK"
    tick(*(MINUTE - 3 * n for n in range(4, -1, -1)))
    assert state(client, unique) == "ALARM"


def test_a_long_period_ends_at_this_minute_not_at_a_multiple_of_its_length(
    client: Client, unique: str, measure: Measure
) -> None:
    """AWS evaluates every minute, with periods that begin on any minute (user guide, "Alarm evaluation")."""
    alarm(client, unique, Period=3600, EvaluationPeriods=1)
    measure("Errors", [1], end=MINUTE)
    tick()
    assert state(client, unique) == "ALARM"


def combined(client: Client, unique: str, topic: str, **changes: Any) -> None:
    client("cloudwatch").put_composite_alarm(
        AlarmName=f"{unique}-page",
        AlarmRule=f'ALARM("{unique}") AND NOT ALARM("{unique}-absent")',
        AlarmActions=[topic],
        OKActions=[topic],
        **changes,
    )


def test_a_composite_alarm_follows_the_alarms_of_its_rule(
    client: Client, unique: str, topic: str, measure: Measure
) -> None:
    alarm(client, unique)
    combined(client, unique, topic)
    tick()
    measure("Errors", [1, 1, 1], end=MINUTE + 60)
    tick(MINUTE + 60)
    page = f"{unique}-page"
    assert state(client, page) == "ALARM"
    assert heard(topic) == [(page, "INSUFFICIENT_DATA", "OK"), (page, "OK", "ALARM")]


def test_a_suppressor_holds_the_actions_of_a_composite_alarm_back(
    client: Client, unique: str, topic: str, measure: Measure
) -> None:
    alarm(client, unique)
    alarm(client, unique, AlarmName=f"{unique}-down", MetricName="Down")
    suppressed = {"ActionsSuppressorWaitPeriod": 60, "ActionsSuppressorExtensionPeriod": 60}
    combined(client, unique, topic, ActionsSuppressor=f"{unique}-down", **suppressed)
    measure("Errors", [1, 1, 1], end=MINUTE)
    measure("Down", [1, 1, 1], end=MINUTE)
    tick()
    (shown,) = client("cloudwatch").describe_alarms(
        AlarmNames=[f"{unique}-page"], AlarmTypes=["CompositeAlarm"]
    )["CompositeAlarms"]
    assert (shown["StateValue"], shown["ActionsSuppressedBy"]) == ("ALARM", "Alarm")
    assert heard(topic) == []


def test_a_topic_that_is_gone_keeps_no_other_alarm_from_being_judged(
    client: Client, unique: str, topic: str, measure: Measure
) -> None:
    measure("Errors", [1, 1, 1], end=MINUTE)
    alarm(client, unique, topic)
    alarm(client, unique, AlarmName=f"{unique}-later")
    client("sns").delete_topic(TopicArn=topic)
    tick()
    assert state(client, f"{unique}-later") == "ALARM"


def test_an_alarm_that_cannot_be_judged_says_why_and_keeps_no_other_alarm_from_being_judged(
    client: Client, unique: str, topic: str, measure: Measure
) -> None:
    measure("Errors", [1, 1, 1], end=MINUTE)
    metric = {"Namespace": unique, "MetricName": "Errors"}
    query = {"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": True}
    alarm(client, unique, topic, Metrics=[query])
    alarm(client, unique, AlarmName=f"{unique}-later")
    tick()
    # No request makes such an alarm: the emulator refuses it, as AWS does.
    stored = cloudwatch_backends[DEFAULT_ACCOUNT_ID]["eu-central-1"].alarms[unique]
    stored.metric_data_queries[0].return_data = False
    measure("Errors", [0, 0, 0], end=MINUTE + 240)
    tick(MINUTE + 240)
    (shown,) = client("cloudwatch").describe_alarms(AlarmNames=[unique])["MetricAlarms"]
    assert shown["StateValue"] == "INSUFFICIENT_DATA"
    assert shown["StateReason"] == "The alarm could not be judged: StopIteration()"
    assert heard(topic) == [(unique, "INSUFFICIENT_DATA", "ALARM")]
    assert state(client, f"{unique}-later") == "OK"
