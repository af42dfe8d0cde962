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
from components.naming.fleet_names import FleetNames
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
GROUP_METRICS: tuple[autoscaling.Metric, ...] = (
    autoscaling.Metric.GROUP_DESIRED_CAPACITY,
    autoscaling.Metric.GROUP_IN_SERVICE_INSTANCES,
    autoscaling.Metric.GROUP_PENDING_INSTANCES,
    autoscaling.Metric.GROUP_TERMINATING_INSTANCES,
    autoscaling.Metric.GROUP_TOTAL_INSTANCES,
)


@dataclass(frozen=True, kw_only=True)
class RenderFleetArgs:
    """What a fleet needs from its neighbors; a changed agent version rolls the instances."""

    naming: Naming
    fleet: str
    settings: settings.Fleet
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    agent_version: str


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
                agent_version=args.agent_version,
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
            instance_refresh=_instance_refresh(fleet),
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
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=list(OWNED_ELSEWHERE)),
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


def can_roll_back(image_id: str) -> bool:
    """AWS refuses to roll back a refresh when the template names its image by a parameter."""
    return not image_id.startswith("resolve:ssm:")


def _instance_refresh(fleet: settings.Fleet) -> autoscaling.GroupInstanceRefreshArgs:
    return autoscaling.GroupInstanceRefreshArgs(
        strategy="Rolling",
        preferences=autoscaling.GroupInstanceRefreshPreferencesArgs(
            min_healthy_percentage=100,
            max_healthy_percentage=110,
            auto_rollback=can_roll_back(fleet.image_id),
            skip_matching=True,
            # Every instance is protected; left out, the refresh would pass over all of them.
            scale_in_protected_instances="Refresh",
        ),
    )
