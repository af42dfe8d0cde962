"""Scaling activities: what a group did, why, and with what result (moto records none)."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

_KEPT = 200
_MOST_PER_PAGE = 100


@dataclass(kw_only=True)
class Activity:
    """One launch or one termination; the service answers with these very names."""

    group: str
    instance: str
    description: str
    cause: str
    status: str = "InProgress"
    message: str = ""
    identity: str = field(default_factory=lambda: str(uuid.uuid4()))
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    ended: datetime | None = None

    def as_answer(self) -> dict[str, Any]:
        """The shape of the API."""
        answer: dict[str, Any] = {
            "ActivityId": self.identity,
            "AutoScalingGroupName": self.group,
            "Description": self.description,
            "Cause": self.cause,
            "StartTime": self.started,
            "StatusCode": self.status,
            "Progress": 100 if self.ended else 50,
            "Details": "{}",
        }
        if self.message:
            answer["StatusMessage"] = self.message
        if self.ended:
            answer["EndTime"] = self.ended
        return answer


class Activities:
    """The newest activities of all groups, newest first."""

    def __init__(self) -> None:
        self._all: list[Activity] = []

    def begin(self, group: Any, instance: str, *, verb: str, cause: str) -> None:
        """Record the start of a launch or a termination."""
        now = datetime.now(UTC)
        self._add(
            Activity(
                group=group.name,
                instance=instance,
                description=f"{verb} EC2 instance: {instance}",
                cause=f"At {now:%Y-%m-%dT%H:%M:%SZ} {cause}.",
            )
        )

    def finish(self, instance: str, status: str, *, message: str = "") -> None:
        """Record the progress of the newest activity about an instance."""
        for activity in self._all:
            if activity.instance == instance:
                activity.status, activity.message = status, message
                if status != "MidLifecycleAction":
                    activity.ended = datetime.now(UTC)
                return

    def record_failed_launch(self, group: Any, message: str) -> None:
        """Record a launch that EC2 refused."""
        now = datetime.now(UTC)
        self._add(
            Activity(
                group=group.name,
                instance="",
                description="Launching a new EC2 instance.",
                cause=f"At {now:%Y-%m-%dT%H:%M:%SZ} an instance was wanted and could not be launched.",
                status="Failed",
                message=f"{message} Launching EC2 instance failed.",
                ended=now,
            )
        )

    def of(self, group: str | None, *, limit: int | None) -> list[dict[str, Any]]:
        """The activities of one group or of all, newest first."""
        chosen = [activity for activity in self._all if group in {None, activity.group}]
        return [activity.as_answer() for activity in chosen[: limit or _MOST_PER_PAGE]]

    def _add(self, activity: Activity) -> None:
        self._all = [activity, *self._all[: _KEPT - 1]]
