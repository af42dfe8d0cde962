"""Lifecycle hooks of Auto Scaling groups."""

from local.provider.types.autoscaling import HOOK, HOOK_RENAMED, group_name, read_group
from local.provider.types.aws import Aws
from local.provider.types.checks import between, length, one_of, required
from local.provider.types.props import Props
from local.provider.types.resource import Change, Created, Existing, Outputs, ResourceType, Types
from local.provider.types.spelling import chosen, seen

TRANSITIONS = ("autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING")


def _put_hook(aws: Aws, inputs: Props) -> Created:
    name, group = inputs.text("name"), inputs.text("autoscalingGroupName")
    given = chosen(inputs, *HOOK, renamed=HOOK_RENAMED)
    aws.call("autoscaling", "put_lifecycle_hook", **group_name(group), LifecycleHookName=name, **given)
    return Created(id=name)


def _read_hook(aws: Aws, it: Existing) -> Outputs | None:
    group = it.state.text("autoscalingGroupName")
    if read_group(aws, Existing(id=group, state=Props())) is None:
        return None
    answer = aws.call(
        "autoscaling", "describe_lifecycle_hooks", **group_name(group), LifecycleHookNames=[it.id]
    )
    hooks = answer.blocks("LifecycleHooks")
    if not hooks:
        return None
    return {**seen(hooks[0], *HOOK, renamed=HOOK_RENAMED), "name": it.id, "autoscalingGroupName": group}


def _update_hook(aws: Aws, _it: Existing, change: Change) -> None:
    _put_hook(aws, change.inputs)


def _delete_hook(aws: Aws, it: Existing) -> None:
    if _read_hook(aws, it) is not None:
        group = group_name(it.state.text("autoscalingGroupName"))
        aws.call("autoscaling", "delete_lifecycle_hook", **group, LifecycleHookName=it.id)


TYPES: Types = {
    "aws:autoscaling/lifecycleHook:LifecycleHook": ResourceType(
        create=_put_hook,
        read=_read_hook,
        update=_update_hook,
        delete=_delete_hook,
        checks=(
            required("autoscalingGroupName", "lifecycleTransition"),
            length("name", 1, 255),
            one_of("lifecycleTransition", TRANSITIONS),
            one_of("defaultResult", ("CONTINUE", "ABANDON")),
            between("heartbeatTimeout", 30, 7200),
        ),
        autoname="name",
        taggable=False,
    ),
}
