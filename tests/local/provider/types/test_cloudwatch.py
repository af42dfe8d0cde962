"""Alarms and dashboards, against the emulator."""

import json

import pytest

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
GIVEN = {
    "name": "queue-age",
    "comparisonOperator": "GreaterThanThreshold",
    "evaluationPeriods": 3,
    "datapointsToAlarm": 2,
    "threshold": 900,
    "metricName": "ApproximateAgeOfOldestMessage",
    "namespace": "AWS/SQS",
    "period": 60,
    "statistic": "Maximum",
    "treatMissingData": "notBreaching",
    "dimensions": {"QueueName": "renders"},
    "alarmActions": ["arn:aws:sns:eu-central-1:123456789012:alarms"],
    "tags": {"a": "1"},
}
QUERIES = [
    {"id": "rate", "expression": "100*FILL(errors,0)", "label": "rate", "returnData": True},
    {
        "id": "errors",
        "returnData": False,
        "metric": {
            "metricName": "Errors",
            "namespace": "AWS/Lambda",
            "period": 60,
            "stat": "Sum",
            "dimensions": {"FunctionName": "scaler"},
        },
    },
]


def without(*keys):
    return {key: value for key, value in GIVEN.items() if key not in keys}


def test_an_alarm_is_changed_in_place_and_goes_away(stack):
    alarm = stack.create(ALARM, GIVEN)
    changed = stack.update(alarm, threshold=600, alarmDescription="d", dimensions={"QueueName": "other"})

    stack.delete(stack.update(changed, tags={"b": "2"}))


def test_an_alarm_may_compute_from_several_metrics(stack):
    measured = without("metricName", "namespace", "period", "statistic", "dimensions")
    alarm = stack.create(ALARM, {**measured, "metricQueries": QUERIES})

    stack.delete(alarm)


def test_a_threshold_changed_by_hand_is_drift(stack):
    alarm = stack.create(ALARM, GIVEN)
    found = stack.aws.call("cloudwatch", "describe_alarms", AlarmNames=["queue-age"]).blocks("MetricAlarms")[
        0
    ]
    kept = (
        "AlarmName",
        "ComparisonOperator",
        "EvaluationPeriods",
        "DatapointsToAlarm",
        "MetricName",
        "Namespace",
    )
    kept += ("Period", "Statistic", "TreatMissingData", "Dimensions", "AlarmActions", "ActionsEnabled")
    stack.aws.call("cloudwatch", "put_metric_alarm", **{key: found[key] for key in kept}, Threshold=9999)

    assert stack.drift(alarm) == {"threshold": 9999}


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({**GIVEN, "comparisonOperator": "Greater"}, "comparisonOperator"),
        ({**GIVEN, "datapointsToAlarm": 4}, "datapointsToAlarm"),
        ({**GIVEN, "metricQueries": QUERIES}, "metricName"),
        (without("namespace"), "namespace"),
        (without("statistic"), "statistic"),
        ({**GIVEN, "treatMissingData": "ok"}, "treatMissingData"),
    ],
    ids=["comparison", "datapoints", "two sources", "namespace", "statistic", "missing"],
)
def test_an_alarm_that_cannot_be_is_refused(stack, given, wrong):
    assert set(stack.refusals(ALARM, given)) == {wrong}


def test_a_dashboard_drifts_with_its_body(stack):
    body = json.dumps({"widgets": [{"type": "text", "properties": {"markdown": "a"}}]})
    dashboard = stack.create(DASHBOARD, {"dashboardName": "overview", "dashboardBody": body})
    changed = stack.update(dashboard, dashboardBody=json.dumps({"widgets": []}))
    stack.aws.call("cloudwatch", "put_dashboard", DashboardName="overview", DashboardBody=body)

    assert stack.drift(changed) == {"dashboardBody": body}
    stack.delete(changed)


def test_a_dashboard_without_widgets_is_refused(stack):
    given = {"dashboardName": "overview", "dashboardBody": "{}"}

    assert set(stack.refusals(DASHBOARD, given)) == {"dashboardBody"}
