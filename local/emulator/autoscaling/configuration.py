"""The configuration of a group: an update merges its parameters, where moto replaces or drops them.

https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_UpdateAutoScalingGroup.html
"""

from collections.abc import Mapping
from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse

from local.emulator.autoscaling import hooks
from local.emulator.autoscaling.lifecycle import LOCK, group_named
from local.emulator.registering import Request, Result, answer

_IGNORED_BY_MOTO = {
    "CapacityRebalance": "capacity_rebalance",
    "DefaultCooldown": "default_cooldown",
    "DefaultInstanceWarmup": "default_instance_warmup",
    "MaxInstanceLifetime": "max_instance_lifetime",
    "ServiceLinkedRoleARN": "service_linked_role_arn",
    "TerminationPolicies": "termination_policies",
}
"""The parameters that moto ignores in an update, or always, and where it reads them from."""
_OTHER_LAUNCHES = ("LaunchTemplate", "LaunchConfigurationName")

_create_group, _update_group = (
    AutoScalingResponse.create_auto_scaling_group,
    AutoScalingResponse.update_auto_scaling_group,
)


def _create(request: Request) -> Request:
    """Like moto, but hooks given at creation exist before the first instance."""
    name = request.params["AutoScalingGroupName"]
    for hook in request.params.get("LifecycleHookSpecificationList", []):
        hooks.put(request.autoscaling_backend, name, hook)
    with LOCK:
        created = _create_group(request)
        _set_ignored(group_named(request.autoscaling_backend, name), request.params)
    return created


def _update(request: Request) -> Request:
    with LOCK:
        group = group_named(request.autoscaling_backend, request.params["AutoScalingGroupName"])
        kept, given = group.mixed_instances_policy, request.params.get("MixedInstancesPolicy")
        if kept and not any(request.params.get(name) for name in _OTHER_LAUNCHES):
            request.params["MixedInstancesPolicy"] = _merged(kept, given or {})
        updated = _update_group(request)
        _set_ignored(group, request.params)
    return updated


def _set_ignored(group: Any, given: Mapping[str, Any]) -> None:
    for name, attribute in _IGNORED_BY_MOTO.items():
        if name in given:
            setattr(group, attribute, given[name])


def _merged(kept: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """A policy with what is given in place of what was kept, one property of its two parts at a time."""
    launch = {**kept["LaunchTemplate"], **given.get("LaunchTemplate", {})}
    # moto shows a template by id and by name, and accepts one of the two.
    specification = {**launch["LaunchTemplateSpecification"]}
    if "LaunchTemplateId" in specification:
        specification.pop("LaunchTemplateName", None)
    distribution = {**kept.get("InstancesDistribution", {}), **given.get("InstancesDistribution", {})}
    return {
        "LaunchTemplate": {**launch, "LaunchTemplateSpecification": specification},
        "InstancesDistribution": {name: value for name, value in distribution.items() if value != ""},
    }


def _enable_metrics(group: Any, metrics: list[str] | None) -> None:
    """Collect these metrics as well; moto would drop the earlier ones."""
    group.metrics = list(dict.fromkeys([*group.metrics, *(metrics or [])]))


def _disable_metrics(request: Request) -> Result:
    group = group_named(request.autoscaling_backend, request.params["AutoScalingGroupName"])
    gone = request.params.get("Metrics") or group.metrics
    group.metrics = [metric for metric in group.metrics if metric not in gone]
    return {}


def install() -> None:
    """Register these answers."""
    AutoScalingResponse.create_auto_scaling_group = _create
    AutoScalingResponse.update_auto_scaling_group = _update
    FakeAutoScalingGroup.enable_metrics_collection = _enable_metrics
    answer(AutoScalingResponse, disable_metrics_collection=_disable_metrics)
