"""Builds the launch template of a fleet: IMDSv2, encrypted volume, no public address, tags on everything.

It has no user data: components/fleet_bootstrap.py says what instances install.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2

from components import settings
from components.naming import Naming
from components.naming.fleet_names import FleetNames

COMPONENT = "render-fleet"
ROOT_DEVICE = "/dev/xvda"
TAGGED = ("instance", "volume", "network-interface")
# Long enough to tell versions apart, short enough to read.
VERSION_LENGTH = 12


@dataclass(frozen=True, kw_only=True)
class LaunchTemplateArgs:
    """What instances are launched with."""

    naming: Naming
    fleet: str
    settings: settings.Fleet
    bootstrap_version: str
    profile_arn: pulumi.Input[str]
    security_group_id: pulumi.Input[str]


def build_launch_template(name: str, args: LaunchTemplateArgs, parent: pulumi.Resource) -> ec2.LaunchTemplate:
    """Build the template; types come from the group's overrides."""
    tags = args.naming.tags(COMPONENT, fleet=args.fleet)
    group = FleetNames.of(args.naming, args.fleet).group
    launched = {**tags, "Name": group, "BootstrapVersion": args.bootstrap_version[:VERSION_LENGTH]}
    return ec2.LaunchTemplate(
        name,
        description=f"Instances of the fleet {args.fleet}",
        image_id=args.settings.image_id,
        update_default_version=True,
        instance_initiated_shutdown_behavior="terminate",
        iam_instance_profile=ec2.LaunchTemplateIamInstanceProfileArgs(arn=args.profile_arn),
        metadata_options=ec2.LaunchTemplateMetadataOptionsArgs(
            http_endpoint="enabled",
            http_tokens="required",
            http_put_response_hop_limit=1,
            instance_metadata_tags="enabled",
        ),
        # Seven metrics by the minute, 2.10 USD for an instance that runs all month (list price, 2026): the
        # dashboard has the network of the fleet from them, and its agents measure everything else.
        monitoring=ec2.LaunchTemplateMonitoringArgs(enabled=True),
        block_device_mappings=[_root_volume(args.settings.volume_gib)],
        network_interfaces=[
            ec2.LaunchTemplateNetworkInterfaceArgs(
                device_index=0,
                associate_public_ip_address="false",
                delete_on_termination="true",
                security_groups=[args.security_group_id],
            )
        ],
        tag_specifications=[
            ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=launched) for kind in TAGGED
        ],
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _root_volume(size_gib: int) -> ec2.LaunchTemplateBlockDeviceMappingArgs:
    return ec2.LaunchTemplateBlockDeviceMappingArgs(
        device_name=ROOT_DEVICE,
        ebs=ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
            volume_type="gp3", volume_size=size_gib, encrypted="true", delete_on_termination="true"
        ),
    )
