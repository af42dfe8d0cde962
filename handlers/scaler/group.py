"""The Auto Scaling group: what it has, why it fails to launch, and the orders it takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from handlers.jobs.error_codes import code_of, message_of
from handlers.jobs.errors import calling
from handlers.scaler.decision.snapshot import LaunchError
from handlers.scaler.launch_errors import classes
from handlers.scaler.observing import Member

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_autoscaling.type_defs import InstancesDistributionOutputTypeDef

ACTIONS = frozenset(
    {
        "autoscaling:CompleteLifecycleAction",
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeScalingActivities",
        "autoscaling:SetDesiredCapacity",
        "autoscaling:SetInstanceHealth",
        "autoscaling:TerminateInstanceInAutoScalingGroup",
        "autoscaling:UpdateAutoScalingGroup",
    }
)

RECENT_ACTIVITIES = 20
HELD = "Pending:Wait"


@dataclass(frozen=True, kw_only=True)
class GroupView:
    """The group as one call describes it."""

    desired: int
    members: tuple[Member, ...]
    spot_share: float | None


@dataclass(frozen=True, kw_only=True)
class Hooks:
    """The names of the lifecycle hooks that hold an instance back at its launch and at its end."""

    launch: str
    terminate: str


class Group:
    """One Auto Scaling group; what was last described of it serves the orders that follow."""

    def __init__(self, client: "AutoScalingClient", name: str, hooks: Hooks) -> None:
        self._client, self._name, self._hooks = client, name, hooks
        self._distribution: InstancesDistributionOutputTypeDef = {}
        self._held: frozenset[str] = frozenset()

    def describe(self) -> GroupView:
        """Desired capacity and all instances, however many: groups are paged, instances of a group are not.

        Raises:
            LookupError: there is no such group.
        """
        with calling("describe the group"):
            answer = self._client.describe_auto_scaling_groups(AutoScalingGroupNames=[self._name])
        if not answer["AutoScalingGroups"]:
            raise LookupError(
                f"there is no Auto Scaling group called {self._name!r}; check CLIPIT_GROUP_NAME"
            )
        group = answer["AutoScalingGroups"][0]
        self._distribution = group.get("MixedInstancesPolicy", {}).get("InstancesDistribution", {})
        self._held = frozenset(
            one["InstanceId"] for one in group["Instances"] if one["LifecycleState"] == HELD
        )
        on_demand = self._distribution.get("OnDemandPercentageAboveBaseCapacity")
        return GroupView(
            desired=group["DesiredCapacity"],
            members=tuple(
                Member(
                    id=one["InstanceId"],
                    lifecycle=one["LifecycleState"],
                    healthy=one["HealthStatus"] == "Healthy",
                )
                for one in group["Instances"]
            ),
            spot_share=None if on_demand is None else 1 - on_demand / 100,
        )

    def launch_errors(self, since: float) -> tuple[LaunchError, ...]:
        """Why launches failed after this time."""
        with calling("describe the group's activities"):
            answer = self._client.describe_scaling_activities(
                AutoScalingGroupName=self._name, MaxRecords=RECENT_ACTIVITIES
            )
        after = datetime.fromtimestamp(since, UTC)
        return classes(
            one.get("StatusMessage", "")
            for one in answer["Activities"]
            if one["StatusCode"] == "Failed" and one["StartTime"] >= after
        )

    def set_desired(self, desired: int) -> None:
        """Ask for this many; instances are protected from scale-in, so even a late call ends none."""
        with calling("set desired capacity"):
            self._client.set_desired_capacity(
                AutoScalingGroupName=self._name, DesiredCapacity=desired, HonorCooldown=False
            )

    def end(self, instance: str) -> None:
        """End this one instance and lower desired with it, in one call; one that is gone already is fine.

        Where desired cannot be lowered (it is at the group's minimum) the instance is ended all the same: its
        worker is marked and never works again. The group launches another, unless it has more than desired.
        """
        with calling("end an instance"), _if_there(self._client):
            try:
                self._end(instance, lower=True)
            except self._client.exceptions.ClientError as error:
                if "minSize" not in message_of(error):
                    raise
                self._end(instance, lower=False)

    def _end(self, instance: str, *, lower: bool) -> None:
        self._client.terminate_instance_in_auto_scaling_group(
            InstanceId=instance, ShouldDecrementDesiredCapacity=lower
        )

    def replace(self, instance: str) -> None:
        """The group ends the instance and launches another; desired stays. One that is gone already is fine.

        Health counts from `InService` on (Auto Scaling user guide, "Health checks for instances"): a launch
        that its hook still holds back is abandoned, which ends the instance as well.
        """
        if instance in self._held and self._complete(self._hooks.launch, instance, "ABANDON"):
            return
        with calling("set instance health"), _if_there(self._client):
            self._client.set_instance_health(
                InstanceId=instance, HealthStatus="Unhealthy", ShouldRespectGracePeriod=False
            )

    def release(self, instance: str) -> bool:
        """End the wait for the agent of a terminating instance; False when nothing waits for it anymore."""
        return self._complete(self._hooks.terminate, instance, "CONTINUE")

    def _complete(self, hook: str, instance: str, result: str) -> bool:
        """False when the hook holds it no longer."""
        with calling(f"complete lifecycle hook {hook}"):
            try:
                self._client.complete_lifecycle_action(
                    LifecycleHookName=hook,
                    AutoScalingGroupName=self._name,
                    InstanceId=instance,
                    LifecycleActionResult=result,
                )
            except self._client.exceptions.ClientError as error:
                if code_of(error) != "ValidationError":
                    raise
                return False
        return True

    def mix(self, spot_share: float) -> None:
        """Launch with this share of spot above the on-demand base; the rest of the mix stays as described."""
        on_demand = round(100 * (1 - spot_share))
        with calling("change the group's mix"):
            self._client.update_auto_scaling_group(
                AutoScalingGroupName=self._name,
                MixedInstancesPolicy={
                    "InstancesDistribution": {
                        **self._distribution,
                        "OnDemandPercentageAboveBaseCapacity": on_demand,
                    }
                },
            )


@contextmanager
def _if_there(client: "AutoScalingClient") -> Iterator[None]:
    """An order for an instance that the group no longer has is carried out already."""
    try:
        yield
    except client.exceptions.ClientError as error:
        if "not found" not in message_of(error):
            raise
