"""Scalable targets and their policies, against moto."""

import pytest

TARGET = "aws:appautoscaling/target:Target"
POLICY = "aws:appautoscaling/policy:Policy"
TRACKING = "targetTrackingScalingPolicyConfiguration"
SCALED = {
    "serviceNamespace": "dynamodb",
    "resourceId": "table/jobs",
    "scalableDimension": "dynamodb:table:ReadCapacityUnits",
}
CPU = {
    "targetValue": 60,
    "predefinedMetricSpecification": {"predefinedMetricType": "DynamoDBReadCapacityUtilization"},
    "scaleInCooldown": 300,
    "scaleOutCooldown": 60,
}


def alarms(stack):
    """The names of all alarms; other tests of this worker may have left some."""
    found = stack.aws.pages("cloudwatch", "describe_alarms", "MetricAlarms")
    return {alarm["AlarmName"] for alarm in found}


@pytest.fixture
def target(stack):
    return stack.create(TARGET, {**SCALED, "minCapacity": 1, "maxCapacity": 4, "tags": {"Project": "p"}})


def test_a_target_is_changed_in_place_and_is_gone_once_deleted(stack, target):
    assert target.id == "table/jobs"
    target = stack.update(target, maxCapacity=8)
    target = stack.update(target, tags={"Owner": "o"})
    assert stack.replaces(target, resourceId="table/other")
    stack.delete(target)


def test_a_limit_changed_by_hand_is_drift(stack, target):
    stack.aws.call(
        "application-autoscaling",
        "register_scalable_target",
        ServiceNamespace="dynamodb",
        ResourceId="table/jobs",
        ScalableDimension=SCALED["scalableDimension"],
        MaxCapacity=99,
    )
    assert stack.drift(target) == {"maxCapacity": 99}


@pytest.mark.usefixtures("target")
def test_a_tracking_policy_is_changed_in_place_and_takes_its_alarms_along(stack):
    before = alarms(stack)
    policy = stack.create(
        POLICY, {**SCALED, "name": "cpu", "policyType": "TargetTrackingScaling", TRACKING: CPU}
    )
    made = len(alarms(stack) - before)
    assert len(policy.outputs["alarmArns"]) == made > 0

    policy = stack.update(policy, **{TRACKING: {**CPU, "targetValue": 40}})
    assert len(alarms(stack) - before) == made

    stack.delete(policy)
    assert alarms(stack) == before


@pytest.mark.parametrize(
    ("token", "change", "key", "reason"),
    [
        (TARGET, {"minCapacity": 5, "maxCapacity": 4}, "minCapacity", "maxCapacity of 4"),
        (TARGET, {"minCapacity": 1}, "maxCapacity", "required"),
        (POLICY, {"policyType": "Magic"}, "policyType", "not allowed"),
        (POLICY, {"policyType": "TargetTrackingScaling"}, TRACKING, "goes with policyType"),
        (
            POLICY,
            {"policyType": "TargetTrackingScaling", TRACKING: {"targetValue": 1}},
            TRACKING,
            "exactly one",
        ),
        (
            POLICY,
            {"policyType": "TargetTrackingScaling", TRACKING: {**CPU, "targetValue": None}},
            f"{TRACKING}.targetValue",
            "required",
        ),
    ],
)
def test_what_the_service_refuses_is_refused(stack, token, change, key, reason):
    assert reason in stack.refusals(token, {**SCALED, **change})[key]
