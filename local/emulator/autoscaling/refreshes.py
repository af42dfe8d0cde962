"""Instance refreshes: a group's instances are replaced one by one, each when the last is in service."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

from moto.autoscaling.responses import AutoScalingResponse

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


@dataclass(kw_only=True)
class Refresh:
    """One refresh of one group and the old instances that still have to go."""

    group: str
    total: int
    remaining: list[str]
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
        return answer | ({"EndTime": self.ended} if self.ended else {})

    def end(self, status: str) -> None:
        """The refresh is over."""
        self.status, self.ended = status, datetime.now(UTC)


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
    refresh = Refresh(group=name, total=len(old), remaining=old)
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
    refresh.end("Cancelled")
    return {"InstanceRefreshId": refresh.identity}


def tick() -> None:
    """Replace the next old instance of each group that has all its instances in service."""
    with LOCK:
        for group in all_groups():
            refresh = _running(group)
            if refresh and _settled(group):
                _advance(group, refresh)


def _settled(group: Group) -> bool:
    serving = [state for state in group.instance_states if state.lifecycle_state == "InService"]
    return len(serving) == len(group.instance_states) == int(group.desired_capacity)


def _advance(group: Group, refresh: Refresh) -> None:
    there = {state.instance_id: state for state in group.instance_states}
    refresh.remaining = [instance for instance in refresh.remaining if instance in there]
    if not refresh.remaining:
        refresh.end("Successful")
        return
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
