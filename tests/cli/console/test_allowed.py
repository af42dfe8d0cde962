"""The console's clients call only what is on the list."""

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from cli.console.allowed import OPERATIONS, NotAllowedError, ReadOnlyCalls, refuse_others


def calls() -> ReadOnlyCalls:
    session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="eu-central-1")
    return ReadOnlyCalls(session, "http://127.0.0.1:1")  # a call that is sent fails otherwise


def test_an_operation_off_the_list_is_refused_before_it_is_sent() -> None:
    made = calls()
    with pytest.raises(NotAllowedError, match="does not call dynamodb:DeleteItem"):
        made.dynamodb().delete_item(TableName="t", Key={"pk": {"S": "x"}})
    with pytest.raises(NotAllowedError, match="autoscaling:SetDesiredCapacity"):
        made.autoscaling().set_desired_capacity(AutoScalingGroupName="g", DesiredCapacity=0)
    assert made.made == []


def test_cloudwatch_is_called_by_the_name_of_its_actions() -> None:
    with pytest.raises(NotAllowedError, match="cloudwatch:SetAlarmState"):
        calls().cloudwatch().set_alarm_state(AlarmName="a", StateValue="OK", StateReason="silenced")
    with pytest.raises(EndpointConnectionError):
        calls().cloudwatch().describe_alarms()


@pytest.mark.parametrize("service", ["autoscaling", "cloudwatch", "dynamodb", "logs", "s3", "ssm"])
def test_every_operation_that_is_not_listed_is_refused(service: str) -> None:
    model = getattr(calls(), service)().meta.service_model
    signed = "cloudwatch" if service == "cloudwatch" else model.signing_name
    refused = set()
    for name in model.operation_names:
        try:
            refuse_others(model.operation_model(name))
        except NotAllowedError:
            refused.add(f"{signed}:{name}")
    assert refused == {f"{signed}:{name}" for name in model.operation_names} - OPERATIONS


def test_the_list_has_only_operations_that_read() -> None:
    verbs = ("Describe", "Get", "List", "Query", "StartQuery")
    assert all(name.partition(":")[2].startswith(verbs) for name in OPERATIONS)
