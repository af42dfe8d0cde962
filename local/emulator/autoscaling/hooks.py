"""Lifecycle hooks: a second put changes the named hook, where moto creates another one with invented targets.

https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutLifecycleHook.html
"""

from collections.abc import Mapping
from typing import Any

from moto.autoscaling.models import LifecycleHook
from moto.autoscaling.responses import AutoScalingResponse

from local.emulator.autoscaling.lifecycle import LOCK, group_named
from local.emulator.registering import Request, Result, answer

_SHOWN = {
    "DefaultResult": "default_result",
    "HeartbeatTimeout": "heartbeat_timeout",
    "LifecycleTransition": "lifecycle_transition",
    "NotificationMetadata": "notification_metadata",
    "NotificationTargetARN": "notification_target_arn",
    "RoleARN": "role_arn",
}


def put(backend: Any, group: str, given: Mapping[str, Any]) -> None:
    """Make a hook of the group named so, or change the one of that name."""
    name = given["LifecycleHookName"]
    key = f"{group}_{name}"
    hook = backend.lifecycle_hooks.get(key)
    if hook is None:
        hook = LifecycleHook(name, group, None, None, None)
        hook.role_arn = hook.notification_target_arn = None
    for parameter, attribute in _SHOWN.items():
        if parameter in given:
            setattr(hook, attribute, given[parameter] or None)
    backend.lifecycle_hooks[key] = hook


def _put(request: Request) -> Result:
    group = request.params["AutoScalingGroupName"]
    group_named(request.autoscaling_backend, group)
    with LOCK:
        put(request.autoscaling_backend, group, request.params)
    return {}


def install() -> None:
    """Register this answer."""
    answer(AutoScalingResponse, put_lifecycle_hook=_put)
