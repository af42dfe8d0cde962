"""Instance refreshes: a group's instances are replaced one by one, each when the last is in service.

A refresh fails as in AWS: when an alarm of its preferences rings, and when nothing has been replaced for an
hour (EC2 Auto Scaling user guide, "How an instance refresh works"). Checkpoints take no time here.
"""

import json
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

from moto.autoscaling.responses import AutoScalingResponse
from moto.cloudwatch.models import cloudwatch_backends

from local.emulator import event_targets
from local.emulator.autoscaling.lifecycle import (
    LOCK,
    Group,
    all_groups,
    balance,
    begin_termination,
    group_named,
)
from local.emulator.registering import Request, Result, answer, failure

_OPEN = frozenset({"Pending", "InProgress", "Cancelling"})
_PROGRESS_DEADLINE_S = 3600.0


@dataclass(kw_only=True)
class Refresh:
    """One refresh of one group and the old instances that still have to go."""

    group: str
    total: int
    remaining: list[str]
    alarms: tuple[str, ...] = ()
    moved: float = field(default_factory=time.time)
    reason: str = ""
    identity: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "InProgress"
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    ended: datetime | None = None

    def as_answer(self) -> Result:
        """The shape of the API."""
        answer: Result = {
            "InstanceRefreshId": self.identity,
            "AutoScalingGroupName": self.group,
            "Status": self.status,
            "StartTime": self.started,
            "PercentageComplete": 100
            if self.total == 0
            else 100 * (self.total - len(self.remaining)) // self.total,
            "InstancesToUpdate": len(self.remaining),
        }
        optional = {"EndTime": self.ended, "StatusReason": self.reason}
        return answer | {name: value for name, value in optional.items() if value}


def _end(group: Group, refresh: Refresh, status: str, reason: str = "") -> None:
    """The refresh is over, and the event bus hears of it."""
    refresh.status, refresh.ended, refresh.reason = status, datetime.now(UTC), reason
    kind = {"Successful": "Succeeded"}.get(status, status)
    detail = {"InstanceRefreshId": refresh.identity, "AutoScalingGroupName": refresh.group}
    event = {
        "Source": "aws.autoscaling",
        "DetailType": f"EC2 Auto Scaling Instance Refresh {kind}",
        "Resources": [group.arn],
        "Detail": json.dumps(detail),
    }
    event_targets.publish(group.account_id, group.region, event)


def _refreshes(group: Group) -> list[Refresh]:
    """The refreshes of a group, newest first; they go with it."""
    if not hasattr(group, "refreshes"):
        group.refreshes = []
    kept: list[Refresh] = group.refreshes
    return kept


def _running(group: Group) -> Refresh | None:
    return next((refresh for refresh in _refreshes(group) if refresh.status in _OPEN), None)


def _start(request: Request) -> Result:
    name = request.params["AutoScalingGroupName"]
    group = group_named(request.autoscaling_backend, name)
    if _running(group):
        raise failure("InstanceRefreshInProgress", f"An instance refresh is already in progress for {name}.")
    old = [state.instance_id for state in group.instance_states]
    watched = (request.params.get("Preferences") or {}).get("AlarmSpecification") or {}
    alarms = tuple(watched.get("Alarms") or ())
    refresh = Refresh(group=name, total=len(old), remaining=old, alarms=alarms)
    _refreshes(group).insert(0, refresh)
    return {"InstanceRefreshId": refresh.identity}


def _describe(request: Request) -> Result:
    group = group_named(request.autoscaling_backend, request.params["AutoScalingGroupName"])
    wanted = request.params.get("InstanceRefreshIds")
    return {
        "InstanceRefreshes": [
            each.as_answer() for each in _refreshes(group) if not wanted or each.identity in wanted
        ]
    }


def _cancel(request: Request) -> Result:
    name = request.params["AutoScalingGroupName"]
    group = group_named(request.autoscaling_backend, name)
    if not (refresh := _running(group)):
        raise failure("ActiveInstanceRefreshNotFound", f"No instance refresh is in progress for {name}.")
    _end(group, refresh, "Cancelled")
    return {"InstanceRefreshId": refresh.identity}


def tick(now: float) -> None:
    """Replace the next old instance of each group that has all its instances in service."""
    with LOCK:
        for group in all_groups():
            if refresh := _running(group):
                _advance(group, refresh, now)


def _settled(group: Group) -> bool:
    serving = [state for state in group.instance_states if state.lifecycle_state == "InService"]
    return len(serving) == len(group.instance_states) == int(group.desired_capacity)


def _ringing(group: Group, refresh: Refresh) -> list[str]:
    alarms = cloudwatch_backends[group.account_id][group.region].alarms
    return [name for name in refresh.alarms if name in alarms and alarms[name].state_value == "ALARM"]


def _advance(group: Group, refresh: Refresh, now: float) -> None:
    if ringing := _ringing(group, refresh):
        _end(group, refresh, "Failed", f"The alarm {ringing[0]} is in the ALARM state.")
    elif _settled(group):
        _replace_next(group, refresh, now)
    elif now - refresh.moved > _PROGRESS_DEADLINE_S:
        _end(group, refresh, "Failed", "No instance could be replaced for an hour.")


def _replace_next(group: Group, refresh: Refresh, now: float) -> None:
    there = {state.instance_id: state for state in group.instance_states}
    refresh.remaining = [instance for instance in refresh.remaining if instance in there]
    if not refresh.remaining:
        _end(group, refresh, "Successful")
        return
    refresh.moved = now
    oldest = refresh.remaining[0]
    begin_termination(group, there[oldest], cause=f"instance refresh {refresh.identity} replaces an instance")
    balance(group)


def install() -> None:
    """Register these answers."""
    answer(
        AutoScalingResponse,
        start_instance_refresh=_start,
        describe_instance_refreshes=_describe,
        cancel_instance_refresh=_cancel,
    )
