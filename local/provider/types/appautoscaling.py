"""Application Auto Scaling: what may be scaled, and by which policy."""

from collections.abc import Iterator

from local.provider.types.aws import Aws
from local.provider.types.checks import one_of, required
from local.provider.types.props import Props
from local.provider.types.resource import (
    Change,
    CheckFailure,
    Created,
    Existing,
    Outputs,
    ResourceType,
    Types,
    removed_tags,
)
from local.provider.types.spelling import camel, pascal

SERVICE = "application-autoscaling"
KINDS = ("StepScaling", "TargetTrackingScaling")
TRACKING = "targetTrackingScalingPolicyConfiguration"
STEPS = "stepScalingPolicyConfiguration"


def _scaled(props: Props) -> dict[str, str]:
    return {
        "ServiceNamespace": props.text("serviceNamespace"),
        "ResourceId": props.text("resourceId"),
        "ScalableDimension": props.text("scalableDimension"),
    }


def _create_target(aws: Aws, new: Props) -> Created:
    aws.call(SERVICE, "register_scalable_target", **_limits(new), Tags=new.mapping("tags") or None)
    return Created(id=new.text("resourceId"))


def _limits(new: Props) -> dict[str, object]:
    return {
        **_scaled(new),
        "MinCapacity": new.number("minCapacity"),
        "MaxCapacity": new.number("maxCapacity"),
        "SuspendedState": pascal(dict(new.block("suspendedState"))) or None,
    }


def _read_target(aws: Aws, it: Existing) -> Outputs | None:
    scaled = _scaled(it.state)
    found = aws.pages(
        SERVICE,
        "describe_scalable_targets",
        "ScalableTargets",
        ServiceNamespace=scaled["ServiceNamespace"],
        ResourceIds=[it.id],
        ScalableDimension=scaled["ScalableDimension"],
    )
    if not found:
        return None
    arn = found[0].text("ScalableTargetARN")
    return {
        "resourceId": it.id,
        "arn": arn,
        "minCapacity": found[0].number("MinCapacity"),
        "maxCapacity": found[0].number("MaxCapacity"),
        "tags": aws.call(SERVICE, "list_tags_for_resource", ResourceARN=arn).mapping("Tags"),
    }


def _update_target(aws: Aws, it: Existing, change: Change) -> None:
    if change.keys - {"tags"}:
        aws.call(SERVICE, "register_scalable_target", **_limits(change.inputs))
    if change.touches("tags"):
        arn = it.state.text("arn")
        if gone := removed_tags(it, change):
            aws.call(SERVICE, "untag_resource", ResourceARN=arn, TagKeys=gone)
        aws.call(SERVICE, "tag_resource", ResourceARN=arn, Tags=change.inputs.mapping("tags"))


def _delete_target(aws: Aws, it: Existing) -> None:
    if _read_target(aws, it):  # a target that is gone is refused like a wrong call, not called missing
        aws.call(SERVICE, "deregister_scalable_target", **_scaled(it.state))


def _put_policy(aws: Aws, new: Props) -> Created:
    name = new.text("name")
    aws.call(
        SERVICE,
        "put_scaling_policy",
        PolicyName=name,
        PolicyType=new.text("policyType"),
        **_scaled(new),
        TargetTrackingScalingPolicyConfiguration=pascal(dict(new.block(TRACKING))) or None,
        StepScalingPolicyConfiguration=pascal(dict(new.block(STEPS))) or None,
    )
    return Created(id=name)


def _read_policy(aws: Aws, it: Existing) -> Outputs | None:
    scaled = _scaled(it.state)
    for found in aws.pages(SERVICE, "describe_scaling_policies", "ScalingPolicies", **scaled):
        if found.text("PolicyName") == it.id:
            return {
                "name": it.id,
                "arn": found.text("PolicyARN"),
                "policyType": found.text("PolicyType"),
                "alarmArns": [alarm.text("AlarmARN") for alarm in found.blocks("Alarms")],
                **{key: camel(dict(found.block(key[0].upper() + key[1:]))) for key in (TRACKING, STEPS)},
            }
    return None


def _update_policy(aws: Aws, it: Existing, change: Change) -> None:
    _delete_policy(aws, it)  # moto would leave the alarms of the old settings behind
    _put_policy(aws, change.inputs)


def _delete_policy(aws: Aws, it: Existing) -> None:
    if _read_policy(aws, it):  # as above
        aws.call(SERVICE, "delete_scaling_policy", PolicyName=it.id, **_scaled(it.state))


def _range(inputs: Props) -> Iterator[CheckFailure]:
    low, high = inputs.maybe_number("minCapacity"), inputs.maybe_number("maxCapacity")
    if low is not None and high is not None and not 0 <= low <= high:
        reason = f"{low} must be between 0 and the maxCapacity of {high}"
        yield CheckFailure(property="minCapacity", reason=reason)


def _configured(inputs: Props) -> Iterator[CheckFailure]:
    tracking = inputs.block(TRACKING)
    if (inputs.text("policyType") == "TargetTrackingScaling") != bool(tracking):
        yield CheckFailure(
            property=TRACKING, reason="goes with policyType TargetTrackingScaling and nothing else"
        )
    metrics = [
        key for key in ("predefinedMetricSpecification", "customizedMetricSpecification") if tracking.has(key)
    ]
    if tracking and len(metrics) != 1:
        reason = "give exactly one of predefinedMetricSpecification and customizedMetricSpecification"
        yield CheckFailure(property=TRACKING, reason=reason)
    if tracking and not tracking.has("targetValue"):
        yield CheckFailure(property=f"{TRACKING}.targetValue", reason="is required and was not given")


TYPES: Types = {
    "aws:appautoscaling/target:Target": ResourceType(
        create=_create_target,
        read=_read_target,
        update=_update_target,
        delete=_delete_target,
        checks=(
            required("minCapacity", "maxCapacity", "resourceId", "scalableDimension", "serviceNamespace"),
            _range,
        ),
    ),
    "aws:appautoscaling/policy:Policy": ResourceType(
        create=_put_policy,
        read=_read_policy,
        update=_update_policy,
        delete=_delete_policy,
        checks=(
            required("resourceId", "scalableDimension", "serviceNamespace"),
            one_of("policyType", KINDS),
            _configured,
        ),
        autoname="name",
        name_limit=256,
        taggable=False,
        defaults={"policyType": "StepScaling"},
        changing=frozenset({"alarmArns", "arn"}),
    ),
}
