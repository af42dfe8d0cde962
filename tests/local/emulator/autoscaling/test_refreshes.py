"""How an instance refresh ends, and who hears of it."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from local.emulator.autoscaling import refreshes


@pytest.fixture
def autoscaling(client: Callable[[str], Any]) -> Any:
    return client("autoscaling")


@pytest.fixture
def group(client: Callable[[str], Any], autoscaling: Any, unique: str) -> str:
    """A group of one instance."""
    data = {"ImageId": "ami-12c6146b", "InstanceType": "c7i.large"}
    client("ec2").create_launch_template(LaunchTemplateName=unique, LaunchTemplateData=data)
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=unique,
        MinSize=0,
        MaxSize=4,
        DesiredCapacity=1,
        AvailabilityZones=["eu-central-1a"],
        LaunchTemplate={"LaunchTemplateName": unique, "Version": "$Latest"},
    )
    return unique


@pytest.fixture
def heard(client: Callable[[str], Any], group: str) -> Callable[[], list[str]]:
    """The kinds of events that a rule for the group has brought to a queue."""
    queue = client("sqs").create_queue(QueueName=group)["QueueUrl"]
    arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    pattern = {"source": ["aws.autoscaling"], "detail": {"AutoScalingGroupName": [group]}}
    client("events").put_rule(Name=group, EventPattern=json.dumps(pattern))
    target = {"Id": "queue", "Arn": arn["Attributes"]["QueueArn"]}
    client("events").put_targets(Rule=group, Targets=[target])

    def kinds() -> list[str]:
        answer = client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        return [json.loads(one["Body"])["detail-type"] for one in answer.get("Messages", [])]

    return kinds


def shown(autoscaling: Any, group: str) -> dict[str, Any]:
    answer = autoscaling.describe_instance_refreshes(AutoScalingGroupName=group)
    refresh: dict[str, Any] = answer["InstanceRefreshes"][0]
    return refresh


def test_a_refresh_that_was_cancelled_is_an_event(
    autoscaling: Any, group: str, heard: Callable[[], list[str]]
) -> None:
    autoscaling.start_instance_refresh(AutoScalingGroupName=group)
    autoscaling.cancel_instance_refresh(AutoScalingGroupName=group)
    assert heard() == ["EC2 Auto Scaling Instance Refresh Cancelled"]


def test_a_refresh_that_replaced_all_is_another_event(
    autoscaling: Any, group: str, heard: Callable[[], list[str]]
) -> None:
    autoscaling.start_instance_refresh(AutoScalingGroupName=group)
    refreshes.tick(time.time())
    refreshes.tick(time.time())
    assert shown(autoscaling, group)["Status"] == "Successful"
    assert heard() == ["EC2 Auto Scaling Instance Refresh Succeeded"]


def test_a_refresh_stops_where_it_is_when_an_alarm_of_its_own_rings(
    client: Callable[[str], Any], autoscaling: Any, group: str, heard: Callable[[], list[str]]
) -> None:
    client("cloudwatch").put_metric_alarm(
        AlarmName=group,
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
    )
    watched = {"AlarmSpecification": {"Alarms": [group]}}
    autoscaling.start_instance_refresh(AutoScalingGroupName=group, Preferences=watched)
    client("cloudwatch").set_alarm_state(AlarmName=group, StateValue="ALARM", StateReason="letters")
    refreshes.tick(time.time())
    ended = shown(autoscaling, group)
    assert ended["Status"] == "Failed"
    assert group in ended["StatusReason"]
    assert heard() == ["EC2 Auto Scaling Instance Refresh Failed"]


def test_a_refresh_whose_new_instances_never_serve_fails_after_an_hour(autoscaling: Any, group: str) -> None:
    autoscaling.put_lifecycle_hook(
        AutoScalingGroupName=group,
        LifecycleHookName="bootstrap",
        LifecycleTransition="autoscaling:EC2_INSTANCE_LAUNCHING",
        HeartbeatTimeout=7200,
    )
    autoscaling.start_instance_refresh(AutoScalingGroupName=group)
    refreshes.tick(time.time())
    refreshes.tick(time.time() + 3500)
    assert shown(autoscaling, group)["Status"] == "InProgress"
    refreshes.tick(time.time() + 3700)
    assert shown(autoscaling, group)["Status"] == "Failed"
