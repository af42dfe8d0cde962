"""Alarms are shown by all that is asked for, and refused when the emulator could not judge them."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.emulator.cloudwatch import alarm_answers

Client = Callable[[str], Any]


def put(client: Client, name: str, **changes: Any) -> None:
    given = {
        "AlarmName": name,
        "Namespace": "n",
        "MetricName": "m",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0,
        **changes,
    }
    client("cloudwatch").put_metric_alarm(
        **{name: value for name, value in given.items() if value is not None}
    )


def expression(text: str) -> dict[str, Any]:
    alone = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))
    return {**alone, "Metrics": [{"Id": "e", "Expression": text, "Period": 60}]}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "compares by"),
        ({"Statistic": None, "ExtendedStatistic": "p9", "EvaluateLowSampleCountPercentile": "ignore"}, "few"),
        (expression("SUM("), "is no expression"),
        (expression("SEARCH('x', 'Sum')"), "does not know"),
    ],
)
def test_what_could_not_be_judged_is_refused(
    client: Client, unique: str, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(ClientError, match=said):
        put(client, unique, **changes)
    assert client("cloudwatch").describe_alarms(AlarmNames=[unique])["MetricAlarms"] == []


def test_alarms_are_shown_while_others_are_put() -> None:
    """A deployment puts dozens at once; each look goes through what another thread adds to."""
    alarms: dict[str, Any] = {}

    class Restless:
        state_value, rule = "OK", None

        @property
        def name(self) -> str:
            alarms[f"put meanwhile {len(alarms)}"] = self
            return "not asked for"

    alarms |= {"first": Restless(), "second": Restless()}
    asked = {"AlarmNamePrefix": "asked"}
    request = SimpleNamespace(cloudwatch_backend=SimpleNamespace(alarms=alarms), _get_param=asked.get)
    assert alarm_answers._describe(request) == {"MetricAlarms": [], "CompositeAlarms": []}
    assert len(alarms) > 2


def test_a_rule_that_is_none_is_refused(client: Client, unique: str) -> None:
    with pytest.raises(ClientError, match="is no rule"):
        client("cloudwatch").put_composite_alarm(AlarmName=unique, AlarmRule="ALARM(")


def test_composite_alarms_are_shown_only_when_asked_for(client: Client, unique: str) -> None:
    rule = f"ALARM({unique}-a)"
    client("cloudwatch").put_composite_alarm(AlarmName=unique, AlarmRule=rule, ActionsSuppressor="s")
    assert client("cloudwatch").describe_alarms(AlarmNames=[unique])["CompositeAlarms"] == []
    (shown,) = client("cloudwatch").describe_alarms(AlarmNames=[unique], AlarmTypes=["CompositeAlarm"])[
        "CompositeAlarms"
    ]
    assert (shown["AlarmRule"], shown["ActionsSuppressor"]) == (rule, "s")
    assert shown["StateValue"] == "INSUFFICIENT_DATA"


def test_state_and_prefix_both_have_to_fit(client: Client, unique: str) -> None:
    names = [f"{unique}-x-1", f"{unique}-x-2", f"{unique}-y-1"]
    for name in names:
        put(client, name)
    for name in (names[0], names[2]):
        client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="by hand")
    shown = client("cloudwatch").describe_alarms(StateValue="ALARM", AlarmNamePrefix=f"{unique}-x-")
    assert [one["AlarmName"] for one in shown["MetricAlarms"]] == [names[0]]


def test_an_update_leaves_the_state_as_it_is(client: Client, unique: str) -> None:
    put(client, unique)
    client("cloudwatch").set_alarm_state(AlarmName=unique, StateValue="ALARM", StateReason="by hand")
    put(client, unique, Threshold=5)
    (shown,) = client("cloudwatch").describe_alarms(AlarmNames=[unique])["MetricAlarms"]
    assert (shown["StateValue"], shown["Threshold"]) == ("ALARM", 5)
