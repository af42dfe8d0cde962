"""Notification configurations of Auto Scaling groups: kept and shown (nothing is sent from this machine)."""

from collections import defaultdict

from moto.autoscaling.responses import AutoScalingResponse

from local.emulator.autoscaling.lifecycle import group_named
from local.emulator.registering import Request, Result, answer

_by_group: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)
"""Group name to topic to the kinds of events."""


def _put(request: Request) -> Result:
    name = request.params["AutoScalingGroupName"]
    group_named(request.autoscaling_backend, name)
    _by_group[name][request.params["TopicARN"]] = list(request.params["NotificationTypes"])
    return {}


def _describe(request: Request) -> Result:
    names = request.params.get("AutoScalingGroupNames") or list(_by_group)
    return {
        "NotificationConfigurations": [
            {"AutoScalingGroupName": name, "TopicARN": topic, "NotificationType": kind}
            for name in names
            for topic, kinds in _by_group[name].items()
            for kind in kinds
        ]
    }


def _delete(request: Request) -> Result:
    _by_group[request.params["AutoScalingGroupName"]].pop(request.params["TopicARN"], None)
    return {}


def install() -> None:
    """Register these answers."""
    answer(
        AutoScalingResponse,
        put_notification_configuration=_put,
        describe_notification_configurations=_describe,
        delete_notification_configuration=_delete,
    )
