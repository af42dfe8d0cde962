"""What a second put of a lifecycle hook leaves as it was."""

from collections.abc import Callable
from typing import Any


def test_a_hook_keeps_what_a_second_put_does_not_name(client: Callable[[str], Any], unique: str) -> None:
    """PutLifecycleHook: LifecycleTransition and RoleARN are "optional when updating existing hooks"."""
    autoscaling, ec2 = client("autoscaling"), client("ec2")
    ec2.create_launch_template(LaunchTemplateName=unique, LaunchTemplateData={"ImageId": "ami-12c6146b"})
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=unique,
        AvailabilityZones=["eu-central-1a"],
        MinSize=0,
        MaxSize=1,
        LaunchTemplate={"LaunchTemplateName": unique},
    )
    hook = {"AutoScalingGroupName": unique, "LifecycleHookName": "launch"}
    autoscaling.put_lifecycle_hook(
        **hook,
        LifecycleTransition="autoscaling:EC2_INSTANCE_LAUNCHING",
        HeartbeatTimeout=60,
        DefaultResult="CONTINUE",
        NotificationMetadata="{}",
    )
    before = autoscaling.describe_lifecycle_hooks(AutoScalingGroupName=unique)["LifecycleHooks"]
    autoscaling.put_lifecycle_hook(**hook, HeartbeatTimeout=90)
    after = autoscaling.describe_lifecycle_hooks(AutoScalingGroupName=unique)["LifecycleHooks"]
    assert after == [{**before[0], "HeartbeatTimeout": 90}]
    assert before[0]["NotificationMetadata"] == "{}"
