"""Auto Scaling groups as the service runs them: hooks, health, capacity, activities."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.emulator.autoscaling import lifecycle, refreshes

HOOK_TIMEOUT_S = 300


@dataclass(frozen=True, kw_only=True)
class Group:
    name: str
    autoscaling: Any
    ec2: Any

    def instances(self) -> list[dict[str, Any]]:
        answer = self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])
        return answer["AutoScalingGroups"][0]["Instances"]

    def states(self) -> list[str]:
        return sorted(instance["LifecycleState"] for instance in self.instances())

    def ids(self) -> list[str]:
        return [instance["InstanceId"] for instance in self.instances()]

    def want(self, capacity: int) -> None:
        self.autoscaling.set_desired_capacity(AutoScalingGroupName=self.name, DesiredCapacity=capacity)

    def hook(self, transition: str, default_result: str = "ABANDON") -> str:
        self.autoscaling.put_lifecycle_hook(
            AutoScalingGroupName=self.name,
            LifecycleHookName=transition.lower(),
            LifecycleTransition=f"autoscaling:EC2_INSTANCE_{transition}",
            HeartbeatTimeout=HOOK_TIMEOUT_S,
            DefaultResult=default_result,
        )
        return transition.lower()

    def complete(self, hook: str, instance: str, result: str = "CONTINUE") -> None:
        self.autoscaling.complete_lifecycle_action(
            AutoScalingGroupName=self.name,
            LifecycleHookName=hook,
            InstanceId=instance,
            LifecycleActionResult=result,
        )

    def ec2_state(self, instance: str) -> str:
        answer = self.ec2.describe_instances(InstanceIds=[instance])
        return answer["Reservations"][0]["Instances"][0]["State"]["Name"]

    def activities(self) -> list[dict[str, Any]]:
        return self.autoscaling.describe_scaling_activities(AutoScalingGroupName=self.name)["Activities"]


@pytest.fixture
def group(client: Callable[[str], Any], unique: str) -> Group:
    ec2, autoscaling = client("ec2"), client("autoscaling")
    ec2.create_launch_template(
        LaunchTemplateName=unique,
        LaunchTemplateData={
            "ImageId": "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
            "InstanceType": "c7i.large",
            "TagSpecifications": [
                {"ResourceType": "instance", "Tags": [{"Key": "From", "Value": "template"}]}
            ],
        },
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=unique,
        MinSize=0,
        MaxSize=4,
        AvailabilityZones=["eu-central-1a"],
        LaunchTemplate={"LaunchTemplateName": unique, "Version": "$Latest"},
        Tags=[{"Key": "Fleet", "Value": "cpu", "PropagateAtLaunch": True}],
    )
    return Group(name=unique, autoscaling=autoscaling, ec2=ec2)


def test_an_instance_without_a_hook_is_in_service_at_once(group: Group) -> None:
    group.want(2)
    assert group.states() == ["InService", "InService"]


def test_an_instance_carries_the_tags_of_its_group_and_of_its_template(group: Group) -> None:
    group.want(1)
    described = group.ec2.describe_instances(InstanceIds=group.ids())["Reservations"][0]["Instances"][0]
    tags = {tag["Key"]: tag["Value"] for tag in described["Tags"]}
    assert {
        "Fleet": "cpu",
        "From": "template",
        "aws:autoscaling:groupName": group.name,
    }.items() <= tags.items()


def test_the_image_of_a_launch_is_looked_up_from_its_public_parameter(group: Group) -> None:
    group.want(1)
    described = group.ec2.describe_instances(InstanceIds=group.ids())["Reservations"][0]["Instances"][0]
    assert described["ImageId"].startswith("ami-")


def test_a_launching_hook_holds_an_instance_back_until_it_is_completed(group: Group) -> None:
    hook = group.hook("LAUNCHING")
    group.want(1)
    assert group.states() == ["Pending:Wait"]
    group.complete(hook, group.ids()[0])
    assert group.states() == ["InService"]


def test_an_abandoned_launch_is_replaced(group: Group) -> None:
    hook = group.hook("LAUNCHING")
    group.want(1)
    first = group.ids()[0]
    group.complete(hook, first, "ABANDON")
    assert group.states() == ["Pending:Wait"]
    assert group.ids() != [first]
    assert group.ec2_state(first) == "terminated"


@pytest.mark.parametrize(("result", "state"), [("CONTINUE", "InService"), ("ABANDON", "Pending:Wait")])
def test_a_launching_hook_that_times_out_ends_with_its_default_result(
    group: Group, result: str, state: str
) -> None:
    group.hook("LAUNCHING", default_result=result)
    group.want(1)
    first = group.ids()
    lifecycle.tick(time.time() + HOOK_TIMEOUT_S + 1)
    assert group.states() == [state]
    assert (group.ids() == first) is (result == "CONTINUE")


def test_a_heartbeat_gives_the_hook_its_time_anew(group: Group) -> None:
    hook = group.hook("LAUNCHING")
    group.want(1)
    instance = group.ids()[0]
    state = next(s for g in lifecycle.all_groups() if g.name == group.name for s in g.instance_states)
    state.waits[hook].until = time.time() + 20
    group.autoscaling.record_lifecycle_action_heartbeat(
        AutoScalingGroupName=group.name, LifecycleHookName=hook, InstanceId=instance
    )
    assert state.waits[hook].until > time.time() + HOOK_TIMEOUT_S - 30


def test_a_terminating_hook_keeps_the_instance_running_until_it_is_completed(group: Group) -> None:
    hook = group.hook("TERMINATING")
    group.want(1)
    instance = group.ids()[0]
    group.want(0)
    assert group.states() == ["Terminating:Wait"]
    assert group.ec2_state(instance) == "running"
    group.complete(hook, instance)
    assert group.instances() == []
    assert group.ec2_state(instance) == "terminated"


def test_a_terminating_hook_that_times_out_lets_the_instance_go(group: Group) -> None:
    group.hook("TERMINATING")
    group.want(1)
    group.want(0)
    lifecycle.tick(time.time() + HOOK_TIMEOUT_S + 1)
    assert group.instances() == []


def test_completing_an_action_that_nobody_waits_for_is_refused(group: Group) -> None:
    hook = group.hook("LAUNCHING")
    group.want(1)
    instance = group.ids()[0]
    group.complete(hook, instance)
    with pytest.raises(ClientError, match="No active Lifecycle Action found with instance ID"):
        group.complete(hook, instance)


def test_an_unhealthy_instance_is_replaced(group: Group) -> None:
    group.want(1)
    sick = group.ids()[0]
    group.autoscaling.set_instance_health(InstanceId=sick, HealthStatus="Unhealthy")
    lifecycle.tick(time.time())
    assert group.states() == ["InService"]
    assert group.ids() != [sick]


def test_an_unhealthy_instance_stays_while_replacing_is_suspended(group: Group) -> None:
    group.want(1)
    sick = group.ids()
    group.autoscaling.suspend_processes(
        AutoScalingGroupName=group.name, ScalingProcesses=["ReplaceUnhealthy"]
    )
    group.autoscaling.set_instance_health(InstanceId=sick[0], HealthStatus="Unhealthy")
    lifecycle.tick(time.time())
    assert group.ids() == sick


def test_an_instance_ended_through_ec2_is_replaced(group: Group) -> None:
    group.want(1)
    victim = group.ids()
    group.ec2.terminate_instances(InstanceIds=victim)
    assert group.states() == ["InService"]
    assert group.ids() != victim


def test_terminating_with_decrement_does_not_replace(group: Group) -> None:
    group.want(2)
    group.autoscaling.terminate_instance_in_auto_scaling_group(
        InstanceId=group.ids()[0], ShouldDecrementDesiredCapacity=True
    )
    assert group.states() == ["InService"]


def test_terminating_without_decrement_replaces(group: Group) -> None:
    group.want(2)
    gone = group.ids()[0]
    group.autoscaling.terminate_instance_in_auto_scaling_group(
        InstanceId=gone, ShouldDecrementDesiredCapacity=False
    )
    assert len(group.ids()) == 2
    assert gone not in group.ids()


def test_capacity_outside_the_bounds_is_refused_and_changes_nothing(group: Group) -> None:
    with pytest.raises(ClientError, match="above max value 4"):
        group.want(5)
    assert group.instances() == []


def test_activities_tell_what_happened_newest_first(group: Group) -> None:
    group.want(1)
    group.want(0)
    described = [(a["Description"].split(":")[0], a["StatusCode"]) for a in group.activities()]
    assert described == [
        ("Terminating EC2 instance", "Successful"),
        ("Launching a new EC2 instance", "Successful"),
    ]
    assert "desired" in group.activities()[0]["Cause"]


def test_an_instance_refresh_replaces_every_instance_one_at_a_time(group: Group) -> None:
    group.want(2)
    old = set(group.ids())
    group.autoscaling.start_instance_refresh(AutoScalingGroupName=group.name)
    refreshes.tick(time.time())
    assert len(old & set(group.ids())) <= 1
    for _ in range(4):
        refreshes.tick(time.time())
    described = group.autoscaling.describe_instance_refreshes(AutoScalingGroupName=group.name)
    assert not old & set(group.ids())
    assert described["InstanceRefreshes"][0]["Status"] == "Successful"


def test_a_second_refresh_at_a_time_is_refused(group: Group) -> None:
    hook = group.hook("LAUNCHING")
    group.want(1)
    group.autoscaling.start_instance_refresh(AutoScalingGroupName=group.name)
    with pytest.raises(ClientError, match="InstanceRefreshInProgress"):
        group.autoscaling.start_instance_refresh(AutoScalingGroupName=group.name)
    group.complete(hook, group.ids()[0])


def test_deleting_a_group_ends_its_instances_whatever_hooks_say(group: Group) -> None:
    group.hook("TERMINATING")
    group.want(1)
    instance = group.ids()[0]
    group.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=group.name, ForceDelete=True)
    assert group.ec2_state(instance) == "terminated"


def test_hooks_given_at_creation_hold_back_the_first_instance(
    client: Callable[[str], Any], group: Group
) -> None:
    name = f"{group.name}-born-with-hook"
    group.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        MinSize=1,
        MaxSize=1,
        AvailabilityZones=["eu-central-1a"],
        LaunchTemplate={"LaunchTemplateName": group.name},
        LifecycleHookSpecificationList=[
            {"LifecycleHookName": "hold", "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING"}
        ],
    )
    assert Group(name=name, autoscaling=group.autoscaling, ec2=group.ec2).states() == ["Pending:Wait"]


def test_changing_a_bound_leaves_the_mixed_instances_policy(group: Group) -> None:
    name = f"{group.name}-mixed"
    specification = {"LaunchTemplateName": group.name, "Version": "$Latest"}
    group.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        MinSize=0,
        MaxSize=1,
        AvailabilityZones=["eu-central-1a"],
        MixedInstancesPolicy={
            "LaunchTemplate": {
                "LaunchTemplateSpecification": specification,
                "Overrides": [{"InstanceType": "c7i.large"}],
            }
        },
    )
    group.autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, MaxSize=2)
    found = group.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    shown = found["AutoScalingGroups"][0]
    assert shown["MaxSize"] == 2
    assert shown["MixedInstancesPolicy"]["LaunchTemplate"]["Overrides"] == [{"InstanceType": "c7i.large"}]


def test_a_group_inherits_no_refresh_from_one_of_its_name_that_was_deleted(group: Group) -> None:
    group.want(1)
    group.autoscaling.start_instance_refresh(AutoScalingGroupName=group.name)
    group.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=group.name, ForceDelete=True)
    group.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=group.name,
        MinSize=0,
        MaxSize=1,
        AvailabilityZones=["eu-central-1a"],
        LaunchTemplate={"LaunchTemplateName": group.name},
    )
    shown = group.autoscaling.describe_instance_refreshes(AutoScalingGroupName=group.name)
    assert shown["InstanceRefreshes"] == []
    group.autoscaling.start_instance_refresh(AutoScalingGroupName=group.name)
