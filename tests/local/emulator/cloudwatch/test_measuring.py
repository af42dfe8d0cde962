"""Queues and groups are measured once a minute, as their services do."""

from collections.abc import Callable
from typing import Any

from local.emulator.cloudwatch import measuring
from local.emulator.cloudwatch.series import Store

NOW = 1_900_000_000.0


def measured(store: Store, namespace: str, dimension: tuple[str, str]) -> dict[str, float]:
    of = frozenset({dimension})
    return {
        one.name: store.between(one, NOW, NOW + 1)[-1].total
        for one in store.metrics()
        if (one.namespace, one.dimensions) == (namespace, of) and store.between(one, NOW, NOW + 1)
    }


def test_a_queue_shows_what_waits_and_what_is_under_way(
    client: Callable[[str], Any], store: Store, unique: str
) -> None:
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=unique)["QueueUrl"]
    for body in ("a", "b", "c"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    sqs.receive_message(QueueUrl=url)
    measuring.measure(NOW)
    found = measured(store, "AWS/SQS", ("QueueName", unique))
    assert (found["ApproximateNumberOfMessagesVisible"], found["ApproximateNumberOfMessagesNotVisible"]) == (
        2.0,
        1.0,
    )
    assert found["ApproximateAgeOfOldestMessage"] > 0


def test_a_group_shows_what_its_collection_is_enabled_for(
    client: Callable[[str], Any], store: Store, unique: str
) -> None:
    client("ec2").create_launch_template(
        LaunchTemplateName=unique, LaunchTemplateData={"ImageId": "ami-12c6146b", "InstanceType": "c7i.large"}
    )
    scaling = client("autoscaling")
    scaling.create_auto_scaling_group(
        AutoScalingGroupName=unique,
        MinSize=0,
        MaxSize=2,
        DesiredCapacity=1,
        AvailabilityZones=["eu-central-1a"],
        LaunchTemplate={"LaunchTemplateName": unique},
    )
    names = ["GroupDesiredCapacity", "GroupInServiceInstances"]
    scaling.enable_metrics_collection(AutoScalingGroupName=unique, Granularity="1Minute", Metrics=names)
    measuring.measure(NOW)
    assert measured(store, "AWS/AutoScaling", ("AutoScalingGroupName", unique)) == dict.fromkeys(names, 1.0)
