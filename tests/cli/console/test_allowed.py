"""The console's clients call only what is on the list."""

import boto3
import pytest

from cli.console.allowed import OPERATIONS, NotAllowedError, ReadOnlyCalls


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


def test_the_list_has_only_operations_that_read() -> None:
    verbs = ("Describe", "Get", "List", "Query", "StartQuery")
    assert all(name.partition(":")[2].startswith(verbs) for name in OPERATIONS)
