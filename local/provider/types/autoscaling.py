"""Auto Scaling groups."""

from collections.abc import Iterator
from contextlib import suppress

from local.provider.types.autoscaling_policy import mixed_instances, mixed_instances_seen
from local.provider.types.aws import Aws, RefusedError
from local.provider.types.checks import between, one_of, required
from local.provider.types.props import Props
from local.provider.types.resource import (
    Change,
    CheckFailure,
    Created,
    Existing,
    Outputs,
    ResourceType,
    Types,
)
from local.provider.types.spelling import chosen, seen

PLAIN = (
    "minSize",
    "maxSize",
    "desiredCapacity",
    "capacityRebalance",
    "defaultCooldown",
    "defaultInstanceWarmup",
    "healthCheckGracePeriod",
    "healthCheckType",
    "launchTemplate",
    "maxInstanceLifetime",
    "placementGroup",
    "protectFromScaleIn",
    "serviceLinkedRoleArn",
    "terminationPolicies",
)

RENAMED = {
    "id": "LaunchTemplateId",
    "name": "LaunchTemplateName",
    "protectFromScaleIn": "NewInstancesProtectedFromScaleIn",
    "serviceLinkedRoleArn": "ServiceLinkedRoleARN",
}

HOOK = (
    "defaultResult",
    "heartbeatTimeout",
    "lifecycleTransition",
    "notificationMetadata",
    "notificationTargetArn",
    "roleArn",
)

HOOK_RENAMED = {"roleArn": "RoleARN", "notificationTargetArn": "NotificationTargetARN"}

LAUNCHED_WITH = ("launchTemplate", "mixedInstancesPolicy")

PROCESSES = (
    "Launch", "Terminate", "AddToLoadBalancer", "AlarmNotification", "AZRebalance", "HealthCheck",
    "InstanceRefresh", "ReplaceUnhealthy", "ScheduledActions",
)  # fmt: skip

SHORTEST_LIFETIME, LONGEST_LIFETIME = 86_400, 31_536_000


def group_name(name: str) -> dict[str, str]:
    """The parameter that names a group in every call."""
    return {"AutoScalingGroupName": name}


def _settings(inputs: Props) -> dict[str, object]:
    zones, names = inputs.texts("vpcZoneIdentifiers"), inputs.texts("availabilityZones")
    policy = mixed_instances(inputs)
    return {
        **chosen(inputs, *PLAIN, renamed=RENAMED),
        **({"VPCZoneIdentifier": ",".join(zones)} if zones else {}),
        **({"AvailabilityZones": names} if not zones and names else {}),
        **({"MixedInstancesPolicy": policy} if policy else {}),
    }


def _tags(name: str, inputs: Props) -> list[dict[str, object]]:
    return [
        {
            "ResourceId": name,
            "ResourceType": "auto-scaling-group",
            "Key": tag.text("key"),
            "Value": tag.text("value"),
            "PropagateAtLaunch": tag.flag("propagateAtLaunch"),
        }
        for tag in inputs.blocks("tags")
    ]


def _create(aws: Aws, new: Props) -> Created:
    name = new.text("name")
    aws.call(
        "autoscaling",
        "create_auto_scaling_group",
        **group_name(name),
        **_settings(new),
        Tags=_tags(name, new) or None,
        TargetGroupARNs=new.texts("targetGroupArns") or None,
        LifecycleHookSpecificationList=_first_hooks(new) or None,
    )
    if suspended := new.texts("suspendedProcesses"):
        aws.call("autoscaling", "suspend_processes", **group_name(name), ScalingProcesses=suspended)
    _collect_metrics(aws, name, new)
    return Created(id=name)


def _first_hooks(inputs: Props) -> list[dict[str, object]]:
    """Hooks that are there before the first instance; the provider of AWS ignores later changes, too."""
    return [
        {"LifecycleHookName": hook.text("name"), **chosen(hook, *HOOK, renamed=HOOK_RENAMED)}
        for hook in inputs.blocks("initialLifecycleHooks")
    ]


def _collect_metrics(aws: Aws, name: str, inputs: Props) -> None:
    if metrics := inputs.texts("enabledMetrics"):
        period = inputs.maybe_text("metricsGranularity") or "1Minute"
        aws.call(
            "autoscaling",
            "enable_metrics_collection",
            **group_name(name),
            Metrics=metrics,
            Granularity=period,
        )


def read_group(aws: Aws, it: Existing) -> Outputs | None:
    """The group as it is, or None when there is none of this name."""
    operation = "describe_auto_scaling_groups"
    groups = aws.call("autoscaling", operation, AutoScalingGroupNames=[it.id]).blocks("AutoScalingGroups")
    if not groups:
        return None
    group = groups[0]
    zones = group.maybe_text("VPCZoneIdentifier")
    # Without a wish of the program for the capacity, its owner may change it; that is no drift.
    return {
        **seen(group, *PLAIN, renamed=RENAMED),
        "name": it.id,
        "arn": group.text("AutoScalingGroupARN"),
        "availabilityZones": group.texts("AvailabilityZones"),
        "vpcZoneIdentifiers": zones.split(",") if zones else [],
        "suspendedProcesses": [one.text("ProcessName") for one in group.blocks("SuspendedProcesses")],
        "enabledMetrics": sorted({one.text("Metric") for one in group.blocks("EnabledMetrics")}),
        "targetGroupArns": group.texts("TargetGroupARNs"),
        "mixedInstancesPolicy": mixed_instances_seen(group),
        "tags": [
            {
                "key": tag.text("Key"),
                "value": tag.text("Value"),
                "propagateAtLaunch": tag.flag("PropagateAtLaunch"),
            }
            for tag in group.blocks("Tags")
        ],
    }


def _update(aws: Aws, it: Existing, change: Change) -> None:
    # Only what changed is sent, as by the provider of AWS (resourceGroupUpdate): others may own the rest.
    # The mix of instances is one field in which it sends all parts, as they stand in the state.
    if changed := _settings(Props({key: change.inputs.get(key) for key in change.keys})):
        aws.call("autoscaling", "update_auto_scaling_group", **group_name(it.id), **changed)
    if change.touches("suspendedProcesses"):
        _suspend(aws, it, change)
    if change.touches("enabledMetrics"):
        aws.call("autoscaling", "disable_metrics_collection", **group_name(it.id))
        _collect_metrics(aws, it.id, change.inputs)
    if change.touches("targetGroupArns"):
        _follow_targets(aws, it, change)
    if change.touches("tags"):
        _retag(aws, it, change)
    if change.touches(*LAUNCHED_WITH) and change.inputs.has("instanceRefresh"):
        _refresh(aws, it, change.inputs.block("instanceRefresh"))


def _refresh(aws: Aws, it: Existing, refresh: Props) -> None:
    """Start a refresh, as the provider of AWS does: one that already runs is cancelled first."""
    preferences = refresh.block("preferences")
    # Pulumi has the delay as a text, the API as a number.
    delay = preferences.maybe_text("checkpointDelay")
    asked = Props({**preferences, **({"checkpointDelay": int(delay)} if delay else {})})
    with suppress(RefusedError):
        aws.call("autoscaling", "cancel_instance_refresh", **group_name(it.id))
    aws.call(
        "autoscaling",
        "start_instance_refresh",
        **group_name(it.id),
        **chosen(Props({**refresh, "preferences": asked}), "strategy", "preferences"),
    )


def _suspend(aws: Aws, it: Existing, change: Change) -> None:
    before, now = set(it.state.texts("suspendedProcesses")), set(change.inputs.texts("suspendedProcesses"))
    if now - before:
        aws.call(
            "autoscaling", "suspend_processes", **group_name(it.id), ScalingProcesses=sorted(now - before)
        )
    if before - now:
        aws.call(
            "autoscaling", "resume_processes", **group_name(it.id), ScalingProcesses=sorted(before - now)
        )


def _follow_targets(aws: Aws, it: Existing, change: Change) -> None:
    before, now = set(it.state.texts("targetGroupArns")), set(change.inputs.texts("targetGroupArns"))
    for operation, arns in (("attach", now - before), ("detach", before - now)):
        if arns:
            call = f"{operation}_load_balancer_target_groups"
            aws.call("autoscaling", call, **group_name(it.id), TargetGroupARNs=sorted(arns))


def _retag(aws: Aws, it: Existing, change: Change) -> None:
    kept = {tag.text("key") for tag in change.inputs.blocks("tags")}
    if gone := [tag for tag in _tags(it.id, it.state) if tag["Key"] not in kept]:
        aws.call("autoscaling", "delete_tags", Tags=gone)
    aws.call("autoscaling", "create_or_update_tags", Tags=_tags(it.id, change.inputs))


def _delete(aws: Aws, it: Existing) -> None:
    if read_group(aws, it) is None:
        return
    aws.call("autoscaling", "delete_auto_scaling_group", **group_name(it.id), ForceDelete=True)


def _sizes_fit(inputs: Props) -> Iterator[CheckFailure]:
    low, high = inputs.number("minSize"), inputs.number("maxSize")
    desired = inputs.maybe_number("desiredCapacity")
    if not 0 <= low <= high:
        yield CheckFailure(property="minSize", reason=f"{low} to {high} is no range of instances")
    elif desired is not None and not low <= desired <= high:
        yield CheckFailure(property="desiredCapacity", reason=f"{desired} is not within {low} to {high}")


def _launches_something(inputs: Props) -> Iterator[CheckFailure]:
    ways = ("launchTemplate", "mixedInstancesPolicy", "launchConfiguration")
    if sum(inputs.has(key) for key in ways) != 1:
        yield CheckFailure(property="launchTemplate", reason=f"give exactly one of {', '.join(ways)}")
    if inputs.has("mixedInstancesPolicy") and inputs.has("warmPool"):
        reason = "a warm pool cannot be combined with a mixed instances policy that asks for spot instances"
        yield CheckFailure(property="warmPool", reason=reason)


def _suspends_known_processes(inputs: Props) -> Iterator[CheckFailure]:
    for process in inputs.texts("suspendedProcesses"):
        if process not in PROCESSES:
            reason = f"{process!r} is not allowed; use some of {', '.join(PROCESSES)}"
            yield CheckFailure(property="suspendedProcesses", reason=reason)


TYPES: Types = {
    "aws:autoscaling/group:Group": ResourceType(
        create=_create,
        read=read_group,
        update=_update,
        delete=_delete,
        checks=(
            required("minSize", "maxSize"),
            one_of("healthCheckType", ("EC2", "ELB", "VPC_LATTICE", "EBS")),
            between("maxInstanceLifetime", SHORTEST_LIFETIME, LONGEST_LIFETIME),
            _sizes_fit,
            _launches_something,
            _suspends_known_processes,
        ),
        autoname="name",
        taggable=False,  # its tags are a list and go to the instances; default tags do not apply
    ),
}
