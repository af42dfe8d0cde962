"""The life of a group's instances: hooks hold them back, the unhealthy are replaced, capacity is kept.

moto starts instances as InService at once and replaces nobody. Here an Auto Scaling group behaves
as the service does: https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html
"""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from moto.autoscaling.models import FakeAutoScalingGroup, autoscaling_backends

from local.emulator.autoscaling.activities import Activities
from local.emulator.registering import failure

Group: TypeAlias = Any  # moto's FakeAutoScalingGroup
State: TypeAlias = Any  # moto's InstanceState: one instance seen from its group

LAUNCHING = "autoscaling:EC2_INSTANCE_LAUNCHING"
TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING"
_COUNTED = frozenset({"Pending", "Pending:Wait", "InService"})
_LAUNCH_RETRY_S = 5.0

LOCK = threading.RLock()
"""The lock for changes to a group, by requests and by the clock."""

activities = Activities()


@dataclass(kw_only=True)
class Wait:
    """An instance that one hook holds until the action is completed or times out."""

    transition: str
    token: str
    default_result: str
    heartbeat_s: float
    until: float


def group_named(backend: Any, name: str) -> Group:
    """The group of that name, or the service's own refusal."""
    try:
        return backend.autoscaling_groups[name]
    except KeyError:
        raise failure(
            "ValidationError", f"AutoScalingGroup name not found - AutoScalingGroup {name} not found"
        ) from None


def all_groups() -> Iterator[Group]:
    """Every group of every account and region that exists so far."""
    for regions in list(autoscaling_backends.values()):
        for backend in list(regions.values()):
            yield from list(backend.autoscaling_groups.values())


def balance(group: Group) -> None:
    """Start or end as many instances as the desired capacity lacks or exceeds (weights are taken as one)."""
    counted = [state for state in group.instance_states if state.lifecycle_state in _COUNTED]
    missing = (group.desired_capacity or 0) - len(counted)
    if missing > 0 and not suspended(group, "Launch"):
        _launch(group, missing)
    elif missing < 0 and not suspended(group, "Terminate"):
        for state in _dispensable(counted)[:-missing]:
            cause = f"the desired capacity is {group.desired_capacity} and there were {len(counted)}"
            begin_termination(group, state, cause=cause)


def suspended(group: Group, process: str) -> bool:
    """Whether one of the group's own processes is switched off."""
    return any(entry["ProcessName"] == process for entry in group.suspended_processes)


def begin_termination(group: Group, state: State, *, cause: str) -> None:
    """Take an instance out of service; a terminating hook may hold the end back."""
    if state.lifecycle_state.startswith("Terminating"):
        return
    was_pending = state.lifecycle_state.startswith("Pending")
    if was_pending:
        activities.finish(state.instance_id, "Cancelled")
    activities.begin(group, state.instance_id, verb="Terminating", cause=cause)
    state.waits = {} if was_pending else _waits(group, TERMINATING)
    state.lifecycle_state = "Terminating:Wait" if state.waits else "Terminating"
    if not state.waits:
        _end(group, state)


def complete(group: Group, state: State, hook: str, *, result: str) -> None:
    """One hook's action is over; the last one, or an abandonment, moves the instance on."""
    wait: Wait = state.waits.pop(hook)
    if wait.transition == TERMINATING:
        if not state.waits:
            _end(group, state)
    elif result == "ABANDON":
        activities.finish(state.instance_id, "Failed", message=f"Lifecycle hook {hook} was abandoned.")
        state.waits = {}
        state.lifecycle_state = "Pending:Proceed"
        cause = f"lifecycle hook {hook} was abandoned for an instance that was launching"
        activities.begin(group, state.instance_id, verb="Terminating", cause=cause)
        _end(group, state)
    elif not state.waits:
        state.lifecycle_state = "InService"
        activities.finish(state.instance_id, "Successful")


def tick(now: float) -> None:
    """What the service does by itself: time out hooks, replace the unhealthy, keep the capacity."""
    with LOCK:
        for group in all_groups():
            for state in list(group.instance_states):
                _expire(group, state, now)
                if state.health_status == "Unhealthy" and not suspended(group, "ReplaceUnhealthy"):
                    cause = "an instance was taken out of service in response to an unhealthy status"
                    begin_termination(group, state, cause=cause)
            balance(group)


def _expire(group: Group, state: State, now: float) -> None:
    for hook, wait in list(getattr(state, "waits", {}).items()):
        if wait.until <= now and hook in state.waits:
            complete(group, state, hook, result=wait.default_result)


def _launch(group: Group, count: int) -> None:
    if getattr(group, "launch_again_at", 0.0) > time.time():
        return
    known = {state.instance_id for state in group.instance_states}
    try:
        group.replace_autoscaling_group_instances(count, group.get_propagated_tags())
    except Exception as error:
        group.launch_again_at = time.time() + _LAUNCH_RETRY_S
        activities.record_failed_launch(group, str(error))
        return
    for state in group.instance_states:
        if state.instance_id not in known:
            state.waits = _waits(group, LAUNCHING)
            state.lifecycle_state = "Pending:Wait" if state.waits else "InService"
            cause = f"an instance was started in response to a desired capacity of {group.desired_capacity}"
            activities.begin(group, state.instance_id, verb="Launching a new", cause=cause)
            activities.finish(state.instance_id, "MidLifecycleAction" if state.waits else "Successful")


def _waits(group: Group, transition: str) -> dict[str, Wait]:
    hooks = group.autoscaling_backend.describe_lifecycle_hooks(group.name)
    return {
        hook.name: Wait(
            transition=transition,
            token=f"{group.name}-{hook.name}-{time.time_ns()}",
            default_result=hook.default_result,
            heartbeat_s=float(hook.heartbeat_timeout),
            until=time.time() + float(hook.heartbeat_timeout),
        )
        for hook in hooks
        if hook.lifecycle_transition == transition
    }


def _dispensable(states: list[State]) -> list[State]:
    """The order of scale-in: instances not yet in service, then the oldest; never protected ones."""
    free = [state for state in states if not state.protected_from_scale_in]
    return sorted(free, key=lambda state: state.lifecycle_state == "InService")


def _end(group: Group, state: State) -> None:
    group.instance_states = [other for other in group.instance_states if other is not state]
    group.ec2_backend.terminate_instances([state.instance_id])
    activities.finish(state.instance_id, "Successful")


def _set_desired_capacity(group: Group, capacity: int | None) -> None:
    group.desired_capacity = group.min_size if capacity is None else capacity
    with LOCK:
        balance(group)


def install() -> None:
    """Install these rules in moto's groups."""
    FakeAutoScalingGroup.set_desired_capacity = _set_desired_capacity
