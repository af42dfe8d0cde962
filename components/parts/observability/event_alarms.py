"""What rings because AWS reports it once, and no metric shows it: the event, the words, the runbook.

Knows no resources. The shapes of events are those of the ECS developer guide, "Amazon ECS service deployment
state change events", and of the EC2 Auto Scaling user guide, "Instance refresh example events and patterns".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

Pattern = Mapping[str, Sequence[pulumi.Input[str]]]


@dataclass(frozen=True, kw_only=True)
class EventAlarm:
    """An event that rings; `kind` names its runbook, `reason` is the path in the event to what went wrong."""

    kind: str
    says: str
    source: str
    detail_types: Sequence[str]
    reason: str
    detail: Pattern = field(default_factory=dict)
    resources: Sequence[pulumi.Input[str]] = ()
    subject: str = field(default="")

    def pattern(self) -> dict[str, object]:
        """The pattern that the rule matches."""
        return {
            "source": [self.source],
            "detail-type": list(self.detail_types),
            **({"resources": list(self.resources)} if self.resources else {}),
            "detail": {name: list(values) for name, values in self.detail.items()},
        }


def deployment_failed(service_arn: str) -> EventAlarm:
    """ECS gave a deployment of the job server up; the old tasks stay healthy, so that no metric moves."""
    return EventAlarm(
        kind="ApiDeploymentFailed",
        says="ECS has given up a deployment of the API; the revision before it serves",
        source="aws.ecs",
        detail_types=["ECS Deployment State Change"],
        detail={"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
        resources=[service_arn],
        reason="$.detail.reason",
    )


def refresh_stopped(fleet: str, group: pulumi.Input[str]) -> EventAlarm:
    """An instance refresh ended before it had replaced all instances; the fleet runs two versions."""
    return EventAlarm(
        kind="FleetRefreshStopped",
        subject=fleet,
        says=f"{fleet}: an instance refresh has stopped, and instances of two versions serve",
        source="aws.autoscaling",
        detail_types=[
            "EC2 Auto Scaling Instance Refresh Failed",
            "EC2 Auto Scaling Instance Refresh Cancelled",
        ],
        detail={"AutoScalingGroupName": [group]},
        reason="$.detail-type",
    )
