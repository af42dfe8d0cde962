"""What an update of a group leaves as it was."""

from collections.abc import Callable
from typing import Any

import pytest

from handlers.scaler.group import Group, Hooks

Client = Callable[[str], Any]


@pytest.fixture
def template(client: Client, unique: str) -> dict[str, str]:
    """A launch template."""
    client("ec2").create_launch_template(
        LaunchTemplateName=unique, LaunchTemplateData={"ImageId": "ami-12c6146b", "InstanceType": "c7i.large"}
    )
    return {"LaunchTemplateName": unique, "Version": "$Latest"}


DISTRIBUTION = {
    "OnDemandAllocationStrategy": "prioritized",
    "OnDemandBaseCapacity": 1,
    "OnDemandPercentageAboveBaseCapacity": 100,
    "SpotAllocationStrategy": "capacity-optimized",
}
OVERRIDES = [{"InstanceType": "c7i.large"}, {"InstanceType": "c7a.large"}]


@pytest.fixture
def group(client: Client, unique: str, template: dict[str, str]) -> Callable[[], dict[str, Any]]:
    """An empty group with a mixed instances policy; gives what is shown of it."""
    client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName=unique,
        AvailabilityZones=["eu-central-1a"],
        MinSize=0,
        MaxSize=4,
        DefaultCooldown=60,
        HealthCheckType="ELB",
        HealthCheckGracePeriod=90,
        MaxInstanceLifetime=604_800,
        CapacityRebalance=True,
        NewInstancesProtectedFromScaleIn=True,
        TerminationPolicies=["OldestInstance"],
        MixedInstancesPolicy={
            "LaunchTemplate": {"LaunchTemplateSpecification": template, "Overrides": OVERRIDES},
            "InstancesDistribution": DISTRIBUTION,
        },
    )

    def shown() -> dict[str, Any]:
        answer = client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[unique])
        found: dict[str, Any] = answer["AutoScalingGroups"][0]
        return found

    return shown


def test_a_group_keeps_what_an_update_does_not_name(
    client: Client, unique: str, group: Callable[[], dict[str, Any]]
) -> None:
    """UpdateAutoScalingGroup: "Any properties that you don't specify are not changed"."""
    before = group()
    client("autoscaling").update_auto_scaling_group(AutoScalingGroupName=unique, MaxSize=6)
    assert group() == {**before, "MaxSize": 6}


@pytest.mark.short_form(2)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CapacityRebalance", False),
        ("DefaultCooldown", 30),
        ("DefaultInstanceWarmup", 45),
        ("HealthCheckGracePeriod", 10),
        ("HealthCheckType", "EC2"),
        ("MaxInstanceLifetime", 86_400),
        ("MinSize", 0),
        ("NewInstancesProtectedFromScaleIn", False),
        ("TerminationPolicies", ["NewestInstance"]),
    ],
)
def test_a_group_takes_what_an_update_names(
    client: Client, unique: str, group: Callable[[], dict[str, Any]], name: str, value: object
) -> None:
    before = group()
    client("autoscaling").update_auto_scaling_group(AutoScalingGroupName=unique, **{name: value})
    assert group() == {**before, name: value}


def test_the_distribution_of_a_group_changes_alone(
    client: Client, unique: str, group: Callable[[], dict[str, Any]]
) -> None:
    """As above, and of SpotMaxPrice: "To remove [...] include the property but specify an empty string"."""
    before = group()["MixedInstancesPolicy"]
    client("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName=unique,
        MixedInstancesPolicy={"InstancesDistribution": {"OnDemandPercentageAboveBaseCapacity": 25}},
    )
    after = group()["MixedInstancesPolicy"]
    assert after["LaunchTemplate"] == before["LaunchTemplate"]
    assert after["InstancesDistribution"] == {**DISTRIBUTION, "OnDemandPercentageAboveBaseCapacity": 25}


def test_the_scaler_changes_the_share_of_spot_in_the_mix(
    client: Client, unique: str, group: Callable[[], dict[str, Any]]
) -> None:
    fleet = Group(client("autoscaling"), unique, Hooks(launch="launch", terminate="terminate"))
    fleet.describe()
    fleet.mix(0.75)
    assert fleet.describe().spot_share == 0.75
    assert [
        one["InstanceType"] for one in group()["MixedInstancesPolicy"]["LaunchTemplate"]["Overrides"]
    ] == [
        "c7i.large",
        "c7a.large",
    ]


def test_the_launch_template_of_a_mixed_group_changes_alone(
    client: Client, unique: str, template: dict[str, str], group: Callable[[], dict[str, Any]]
) -> None:
    client("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName=unique,
        MixedInstancesPolicy={"LaunchTemplate": {"Overrides": OVERRIDES[:1]}},
    )
    after = group()["MixedInstancesPolicy"]
    assert after["LaunchTemplate"]["Overrides"] == OVERRIDES[:1]
    assert after["LaunchTemplate"]["LaunchTemplateSpecification"]["LaunchTemplateName"] == unique
    assert after["InstancesDistribution"] == DISTRIBUTION


def test_processes_metrics_and_tags_of_a_group_are_added(
    client: Client, unique: str, group: Callable[[], dict[str, Any]]
) -> None:
    """SuspendProcesses, EnableMetricsCollection and CreateOrUpdateTags name what they add."""
    autoscaling, name = client("autoscaling"), {"AutoScalingGroupName": unique}
    for process in ("AZRebalance", "ReplaceUnhealthy"):
        autoscaling.suspend_processes(**name, ScalingProcesses=[process])
    for metric in ("GroupMinSize", "GroupMaxSize"):
        autoscaling.enable_metrics_collection(**name, Granularity="1Minute", Metrics=[metric])
    for key in ("a", "b"):
        tag = {"ResourceId": unique, "ResourceType": "auto-scaling-group", "Key": key, "Value": "1"}
        autoscaling.create_or_update_tags(Tags=[{**tag, "PropagateAtLaunch": False}])
    shown = group()
    assert {one["ProcessName"] for one in shown["SuspendedProcesses"]} == {"AZRebalance", "ReplaceUnhealthy"}
    assert {one["Metric"] for one in shown["EnabledMetrics"]} == {"GroupMinSize", "GroupMaxSize"}
    assert {one["Key"] for one in shown["Tags"]} == {"a", "b"}
    autoscaling.disable_metrics_collection(**name, Metrics=["GroupMinSize"])
    autoscaling.resume_processes(**name, ScalingProcesses=["AZRebalance"])
    shown = group()
    assert [one["Metric"] for one in shown["EnabledMetrics"]] == ["GroupMaxSize"]
    assert [one["ProcessName"] for one in shown["SuspendedProcesses"]] == ["ReplaceUnhealthy"]
