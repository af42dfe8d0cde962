"""Auto Scaling actions that moto lacks or answers without effect."""

import time
from typing import Any

from moto.autoscaling.models import AutoScalingBackend
from moto.autoscaling.responses import AutoScalingResponse

from local.emulator.autoscaling import lifecycle
from local.emulator.autoscaling.lifecycle import LOCK, activities, balance, begin_termination, group_named
from local.emulator.registering import Request, Result, answer, failure

_GLOBAL_TIMEOUT_S = 172_800.0
"""48 hours: https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_LifecycleHook.html"""


def _set_desired_capacity(request: Request) -> Result:
    group = group_named(request.autoscaling_backend, request.params["AutoScalingGroupName"])
    wanted = int(request.params["DesiredCapacity"])
    for bound, breached in (("min", wanted < group.min_size), ("max", wanted > group.max_size)):
        if breached:
            size = group.min_size if bound == "min" else group.max_size
            side = "above" if bound == "max" else "below"
            raise failure(
                "ValidationError", f"New SetDesiredCapacity value {wanted} is {side} {bound} value {size}."
            )
    group.set_desired_capacity(wanted)
    return {}


def _complete(request: Request) -> Result:
    result = request.params["LifecycleActionResult"]
    if result not in {"CONTINUE", "ABANDON"}:
        raise failure("ValidationError", f"LifecycleActionResult is {result}; it is CONTINUE or ABANDON.")
    with LOCK:
        group, state = _held_back(request)
        lifecycle.complete(group, state, request.params["LifecycleHookName"], result=result)
        balance(group)
    return {}


def _heartbeat(request: Request) -> Result:
    with LOCK:
        _, state = _held_back(request)
        wait = state.waits[request.params["LifecycleHookName"]]
        wait.until = time.time() + min(wait.heartbeat_s, _GLOBAL_TIMEOUT_S)
    return {}


def _held_back(request: Request) -> tuple[Any, Any]:
    """The instance that waits for the hook, by its id or by the token of the action."""
    group = group_named(request.autoscaling_backend, request.params["AutoScalingGroupName"])
    hook = request.params["LifecycleHookName"]
    instance, token = request.params.get("InstanceId"), request.params.get("LifecycleActionToken")
    for state in group.instance_states:
        wait = getattr(state, "waits", {}).get(hook)
        if wait and (state.instance_id == instance or (token and wait.token == token)):
            return group, state
    who = f"instance ID {instance}" if instance else f"token {token}"
    raise failure("ValidationError", f"No active Lifecycle Action found with {who}")


def _terminate(request: Request) -> Result:
    instance = request.params["InstanceId"]
    decrement = bool(request.params["ShouldDecrementDesiredCapacity"])
    with LOCK:
        for group in request.autoscaling_backend.autoscaling_groups.values():
            for state in group.instance_states:
                if state.instance_id == instance:
                    if decrement and group.desired_capacity <= group.min_size:
                        problem = (
                            f"Currently, desiredSize equals minSize ({group.min_size}). Terminating instance"
                        )
                        raise failure(
                            "ValidationError", f"{problem} without replacement will violate minSize."
                        )
                    group.desired_capacity -= decrement
                    cause = "an instance was taken out of service in response to a user request"
                    begin_termination(group, state, cause=cause)
                    balance(group)
                    return {"Activity": activities.of(group.name, limit=1)[0]}
    raise failure(
        "ValidationError", f"Instance Id not found - No managed instance found for instance ID: {instance}"
    )


def _describe_activities(request: Request) -> Result:
    limit = request.params.get("MaxRecords")
    return {"Activities": activities.of(request.params.get("AutoScalingGroupName"), limit=limit)}


def _delete_group(backend: Any, name: str) -> None:
    """Deleting a group ends its instances at once, whatever hooks say."""
    with LOCK:
        group = group_named(backend, name)
        group.desired_capacity = 0
        backend.autoscaling_groups.pop(name)
        backend.lifecycle_hooks = {
            key: hook for key, hook in backend.lifecycle_hooks.items() if hook.auto_scaling_group_name != name
        }
        doomed = [state.instance_id for state in group.instance_states]
        group.instance_states = []
        if doomed:
            group.ec2_backend.terminate_instances(doomed)


def _notice_terminated(backend: Any, instance_ids: list[str]) -> None:
    """Replace instances that were terminated through EC2."""
    with LOCK:
        for group in backend.autoscaling_groups.values():
            for state in list(group.instance_states):
                if state.instance_id in instance_ids:
                    group.instance_states = [other for other in group.instance_states if other is not state]
                    cause = "an instance was taken out of service in response to an EC2 health check"
                    activities.begin(group, state.instance_id, verb="Terminating", cause=cause)
                    activities.finish(state.instance_id, "Successful")
            balance(group)


def install() -> None:
    """Register these answers."""
    AutoScalingBackend.delete_auto_scaling_group = _delete_group
    AutoScalingBackend.notify_terminate_instances = _notice_terminated
    answer(
        AutoScalingResponse,
        set_desired_capacity=_set_desired_capacity,
        complete_lifecycle_action=_complete,
        record_lifecycle_action_heartbeat=_heartbeat,
        terminate_instance_in_auto_scaling_group=_terminate,
        describe_scaling_activities=_describe_activities,
    )
