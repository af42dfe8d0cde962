"""Auto Scaling groups and hooks, against the emulator."""

import pytest

from local.provider.operations import Found

GROUP, HOOK = "aws:autoscaling/group:Group", "aws:autoscaling/lifecycleHook:LifecycleHook"
TAG = {"key": "Fleet", "value": "cpu", "propagateAtLaunch": True}


@pytest.fixture
def template(stack):
    made = stack.create("aws:ec2/launchTemplate:LaunchTemplate", {"imageId": "ami-12c6146b"}, name="asg")
    yield made
    stack.operations.delete(made.urn, made.id, made.outputs)


@pytest.fixture
def given(template, network):
    return {
        "name": "fleet",
        "minSize": 0,
        "maxSize": 3,
        "vpcZoneIdentifiers": network["subnets"],
        "healthCheckType": "EC2",
        "healthCheckGracePeriod": 60,
        "suspendedProcesses": ["AZRebalance"],
        "enabledMetrics": ["GroupDesiredCapacity"],
        "metricsGranularity": "1Minute",
        "mixedInstancesPolicy": {
            "instancesDistribution": {
                "onDemandBaseCapacity": 0,
                "spotAllocationStrategy": "price-capacity-optimized",
            },
            "launchTemplate": {
                "launchTemplateSpecification": {"launchTemplateId": template.id, "version": "1"},
                "overrides": [{"instanceType": "c7i.large"}, {"instanceType": "c6i.large"}],
            },
        },
        "tags": [TAG],
    }


@pytest.fixture
def group(stack, given):
    return stack.create(GROUP, given)


def test_a_group_starts_empty_and_goes_away(stack, group):
    assert group.outputs["desiredCapacity"] == 0
    assert str(group.outputs["arn"]).startswith(
        "arn:aws:autoscaling:eu-central-1:123456789012:autoScalingGroup:"
    )
    stack.delete(group)


def test_the_first_hooks_are_there_with_the_group_and_are_no_drift(stack, given):
    hook = {"name": "bootstrap", "lifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING"}
    group = stack.create(GROUP, {**given, "initialLifecycleHooks": [{**hook, "heartbeatTimeout": 90}]})

    answer = stack.aws.call("autoscaling", "describe_lifecycle_hooks", AutoScalingGroupName=group.id)

    assert [
        (one.text("LifecycleHookName"), one.number("HeartbeatTimeout"))
        for one in answer.blocks("LifecycleHooks")
    ] == [("bootstrap", 90)]
    assert stack.drift(group) == {}


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    "change",
    [
        {"maxSize": 5},
        {"suspendedProcesses": ["Launch", "ReplaceUnhealthy"]},
        {"enabledMetrics": ["GroupTotalInstances"]},
        {"tags": [{**TAG, "value": "gpu"}, {**TAG, "key": "Owner"}]},
        {"terminationPolicies": ["OldestInstance"], "healthCheckGracePeriod": 90},
    ],
    ids=str,
)
def test_a_group_is_changed_in_place(stack, group, change):
    stack.update(group, **change)


def test_a_capacity_that_its_owner_sets_is_no_drift_of_the_program(stack, group):
    stack.aws.call("autoscaling", "set_desired_capacity", AutoScalingGroupName=group.id, DesiredCapacity=1)

    assert stack.drift(group) == {}
    assert stack.read(group).outputs["desiredCapacity"] == 1


def shared(given, percent):
    """The mix of instances with this share of on-demand ones."""
    policy = given["mixedInstancesPolicy"]
    distribution = {**policy["instancesDistribution"], "onDemandPercentageAboveBaseCapacity": percent}
    return {**policy, "instancesDistribution": distribution}


@pytest.mark.parametrize(
    ("change", "left"),
    [({"maxSize": 5}, 100), ({"mixedInstancesPolicy": {}}, 20)],
    ids=["another field", "another part of the mix"],
)
def test_a_share_that_its_owner_sets_outlives_changes_of_other_fields_than_the_mix(
    stack, given, change, left
):
    """The engine hands over the mix as the state has it, the ignored share with it."""
    group = stack.create(GROUP, {**given, "mixedInstancesPolicy": shared(given, 20)})
    distribution = {"OnDemandPercentageAboveBaseCapacity": 100}
    stack.aws.call(
        "autoscaling",
        "update_auto_scaling_group",
        AutoScalingGroupName=group.id,
        MixedInstancesPolicy={"InstancesDistribution": distribution},
    )
    if "mixedInstancesPolicy" in change:
        mix = shared(given, 20)
        change = {"mixedInstancesPolicy": {**mix, "launchTemplate": with_types(mix, "m7i.large")}}

    state = Found(id=group.id, outputs=group.outputs, inputs=group.inputs)
    stack.operations.update(group.urn, state, {**group.inputs, **change}, preview=False)

    answer = stack.aws.call("autoscaling", "describe_auto_scaling_groups", AutoScalingGroupNames=[group.id])
    policy = answer.blocks("AutoScalingGroups")[0].block("MixedInstancesPolicy")
    assert policy.block("InstancesDistribution").number("OnDemandPercentageAboveBaseCapacity") == left


def with_types(mix, *types):
    return {**mix["launchTemplate"], "overrides": [{"instanceType": one} for one in types]}


def test_a_process_resumed_by_hand_is_drift(stack, group):
    who = {"AutoScalingGroupName": group.id}
    stack.aws.call("autoscaling", "resume_processes", **who, ScalingProcesses=["AZRebalance"])

    assert stack.drift(group) == {"suspendedProcesses": []}


def test_a_new_template_version_rolls_the_instances(stack, given, template):
    group = stack.create(GROUP, {**given, "instanceRefresh": {"strategy": "Rolling"}})
    newer = stack.update(template, imageId="ami-1")
    parts = given["mixedInstancesPolicy"]["launchTemplate"]
    specification = {"launchTemplateId": newer.id, "version": "2"}
    launched = {**parts, "launchTemplateSpecification": specification}
    stack.update(group, mixedInstancesPolicy={**given["mixedInstancesPolicy"], "launchTemplate": launched})

    answer = stack.aws.call("autoscaling", "describe_instance_refreshes", AutoScalingGroupName=group.id)
    assert len(answer.blocks("InstanceRefreshes")) == 1


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"minSize": 4}, "minSize"),
        ({"desiredCapacity": 9}, "desiredCapacity"),
        ({"suspendedProcesses": ["Everything"]}, "suspendedProcesses"),
        ({"launchTemplate": {"id": "lt-1"}}, "launchTemplate"),
        ({"warmPool": {}, "maxInstanceLifetime": 60}, "maxInstanceLifetime"),
        ({"healthCheckType": "ALB"}, "healthCheckType"),
    ],
    ids=["sizes", "desired", "process", "two templates", "lifetime", "health"],
)
def test_a_group_that_cannot_be_is_refused(stack, given, change, wrong):
    assert wrong in stack.refusals(GROUP, {**given, **change})


def test_a_hook_belongs_to_its_group(stack, group):
    given = {"autoscalingGroupName": group.id, "name": "launch", "defaultResult": "ABANDON"}
    hook = stack.create(
        HOOK, {**given, "lifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING", "heartbeatTimeout": 60}
    )
    changed = stack.update(hook, heartbeatTimeout=90)
    who = {"AutoScalingGroupName": group.id, "LifecycleHookName": "launch"}
    stack.aws.call("autoscaling", "put_lifecycle_hook", **who, HeartbeatTimeout=120)

    assert stack.drift(changed)["heartbeatTimeout"] == 120
    stack.delete(changed)


def test_a_hook_is_gone_with_its_group(stack, group):
    given = {"autoscalingGroupName": group.id, "lifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING"}
    hook = stack.create(HOOK, given)
    stack.delete(group)

    assert stack.read(hook).id == ""


def test_a_transition_that_does_not_exist_is_refused(stack):
    given = {"autoscalingGroupName": "g", "lifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCH"}

    assert set(stack.refusals(HOOK, given)) == {"lifecycleTransition"}
