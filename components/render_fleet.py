"""One fleet: an Auto Scaling group of render instances, whose desired capacity only the scaler sets.

`__main__.py` builds one for each entry of `clip-it:fleets` in Pulumi.<stack>.yaml.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import autoscaling, ec2, vpc

from components import settings
from components.naming import Naming
from components.naming.alarm_names import alarm_name
from components.naming.fleet_names import FleetNames
from components.parts.observability.alarms import STOP_REFRESH
from components.parts.render_fleet.instance_role import InstanceRoleArgs, build_instance_profile
from components.parts.render_fleet.launch_template import LaunchTemplateArgs, build_launch_template
from components.parts.render_fleet.lifecycle_hooks import Hook, hooks

COMPONENT = "render-fleet"
# The scaler owns how many instances there are and how many of them are spot. The hooks at its creation can
# only be set then, and a change would replace the group: later changes go to the separate hooks.
OWNED_ELSEWHERE = (
    "desiredCapacity",
    "initialLifecycleHooks",
    "mixedInstancesPolicy.instancesDistribution.onDemandPercentageAboveBaseCapacity",
)
# How much of the group a refresh replaces before it looks whether alarms ring, and for how long it looks:
# an alarm needs three minutes, and a render that fails needs some attempts.
FIRST_PERCENT = 10
FIRST_SECONDS = 900
GROUP_METRICS: tuple[autoscaling.Metric, ...] = (
    autoscaling.Metric.GROUP_DESIRED_CAPACITY,
    autoscaling.Metric.GROUP_IN_SERVICE_INSTANCES,
    autoscaling.Metric.GROUP_PENDING_INSTANCES,
)


@dataclass(frozen=True, kw_only=True)
class RenderFleetArgs:
    """What a fleet needs from its neighbors.

    A changed `bootstrap_version` replaces the instances one after the other. `bootstrapped_by` must be in
    place before one is launched, or it would install the version before.
    """

    naming: Naming
    fleet: str
    settings: settings.Fleet
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    bootstrap_version: str
    bootstrapped_by: Sequence[pulumi.Resource]


class RenderFleet(pulumi.ComponentResource):
    """Owns launch template, group, hooks, role; what runs on the instances is the bootstrap's."""

    def __init__(self, name: str, args: RenderFleetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("clip-it:render_fleet:RenderFleet", name, None, opts)
        self._name, self._args = name, args
        self._inside = pulumi.ResourceOptions(parent=self)
        self._names = FleetNames.of(args.naming, args.fleet)
        self._tags = args.naming.tags(COMPONENT, fleet=args.fleet)
        profile = build_instance_profile(name, InstanceRoleArgs(naming=args.naming, fleet=args.fleet), self)
        template = build_launch_template(
            name,
            LaunchTemplateArgs(
                naming=args.naming,
                fleet=args.fleet,
                settings=args.settings,
                bootstrap_version=args.bootstrap_version,
                profile_arn=profile.arn,
                security_group_id=self._security_group().id,
            ),
            self,
        )
        self.group = self._group(template)
        for hook in hooks(args.settings):
            self._hook(hook)
        self.register_outputs({"group_name": self.group.name})

    def _security_group(self) -> ec2.SecurityGroup:
        group = ec2.SecurityGroup(
            self._name,
            vpc_id=self._args.vpc_id,
            description=f"Instances of the fleet {self._args.fleet}",
            tags=self._tags,
            opts=self._inside,
        )
        vpc.SecurityGroupEgressRule(
            f"{self._name}-https",
            security_group_id=group.id,
            description="AWS services and packages over HTTPS",
            cidr_ipv4="0.0.0.0/0",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            tags=self._tags,
            opts=self._inside,
        )
        return group

    def _group(self, template: ec2.LaunchTemplate) -> autoscaling.Group:
        fleet = self._args.settings
        return autoscaling.Group(
            self._name,
            name=self._names.group,
            min_size=fleet.minimum,
            max_size=fleet.maximum,
            vpc_zone_identifiers=self._args.subnet_ids,
            mixed_instances_policy=mixed_instances(fleet, template),
            health_check_type="EC2",
            health_check_grace_period=fleet.health_grace_seconds,
            max_instance_lifetime=fleet.maximum_lifetime_days * 86_400,
            # Rebalancing would end a rendering instance to even out the zones.
            suspended_processes=["AZRebalance"],
            capacity_rebalance=False,
            # A lowered maximum or desired capacity must not choose victims: the scaler ends idle ones.
            protect_from_scale_in=True,
            termination_policies=["OldestLaunchTemplate", "OldestInstance"],
            enabled_metrics=GROUP_METRICS,
            metrics_granularity="1Minute",
            instance_refresh=_instance_refresh(self._args.naming, self._args.fleet),
            # A group with a minimum launches before separate hooks could exist; these are for its creation.
            initial_lifecycle_hooks=[
                autoscaling.GroupInitialLifecycleHookArgs(
                    name=hook.name,
                    lifecycle_transition=hook.transition,
                    default_result=hook.default,
                    heartbeat_timeout=hook.seconds,
                )
                for hook in hooks(fleet)
            ],
            # Instances wait in the launch hook for longer than a deployment should.
            wait_for_capacity_timeout="0",
            tags=[
                autoscaling.GroupTagArgs(key=key, value=value, propagate_at_launch=True)
                for key, value in {**self._tags, "Name": self._names.group}.items()
            ],
            opts=pulumi.ResourceOptions(
                parent=self,
                ignore_changes=list(OWNED_ELSEWHERE),
                depends_on=list(self._args.bootstrapped_by),
            ),
        )

    def _hook(self, hook: Hook) -> None:
        autoscaling.LifecycleHook(
            f"{self._name}-{hook.name}",
            name=hook.name,
            autoscaling_group_name=self.group.name,
            lifecycle_transition=hook.transition,
            default_result=hook.default,
            heartbeat_timeout=hook.seconds,
            opts=self._inside,
        )


def mixed_instances(
    fleet: settings.Fleet, template: ec2.LaunchTemplate
) -> autoscaling.GroupMixedInstancesPolicyArgs:
    """On-demand up to the base, a share above it, spot for the rest, over all types in order."""
    return autoscaling.GroupMixedInstancesPolicyArgs(
        instances_distribution=autoscaling.GroupMixedInstancesPolicyInstancesDistributionArgs(
            on_demand_base_capacity=fleet.on_demand_base,
            on_demand_percentage_above_base_capacity=fleet.on_demand_percent,
            on_demand_allocation_strategy="prioritized",
            spot_allocation_strategy="price-capacity-optimized",
        ),
        launch_template=autoscaling.GroupMixedInstancesPolicyLaunchTemplateArgs(
            launch_template_specification=autoscaling.GroupMixedInstancesPolicyLaunchTemplateLaunchTemplateSpecificationArgs(
                launch_template_id=template.id,
                version=template.latest_version.apply(str),
            ),
            overrides=[
                autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideArgs(instance_type=kind)
                for kind in fleet.instance_types
            ],
        ),
    )


def _instance_refresh(naming: Naming, fleet: str) -> autoscaling.GroupInstanceRefreshArgs:
    """Replaces all instances, a first part of them ahead; what rings meanwhile stops it where it is.

    It never rolls back by itself: the provider writes the new template into the group before it starts the
    refresh, so that a rollback would launch the same template again (terraform-provider-aws, issue 34189).
    """
    return autoscaling.GroupInstanceRefreshArgs(
        strategy="Rolling",
        preferences=autoscaling.GroupInstanceRefreshPreferencesArgs(
            min_healthy_percentage=100,
            max_healthy_percentage=110,
            checkpoint_percentages=[FIRST_PERCENT, 100],
            checkpoint_delay=str(FIRST_SECONDS),
            alarm_specification=autoscaling.GroupInstanceRefreshPreferencesAlarmSpecificationArgs(
                alarms=[alarm_name(naming, kind, fleet) for kind in STOP_REFRESH]
            ),
            skip_matching=True,
            # Every instance is protected; left out, the refresh would pass over all of them.
            scale_in_protected_instances="Refresh",
        ),
    )
