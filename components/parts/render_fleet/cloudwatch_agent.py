"""Builds the CloudWatch agent of a fleet's instances: its installation, its settings, its log group."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, ssm

from components.naming import Naming
from components.naming.fleet_names import FleetNames
from components.settings import Deployment

COMPONENT = "render-fleet"
NAMESPACE = "ClipIt"
# The smallest rate: an association that failed is tried again after this.
RETRY_RATE = "rate(30 minutes)"
ASSOCIATION_LIMIT = 128
# A standard parameter holds 4 KiB.
PARAMETER_BYTES = 4096
SECONDS_BETWEEN_METRICS = 60


@dataclass(frozen=True, kw_only=True)
class CloudWatchAgentArgs:
    """Whose instances are watched, by which document, and where agents and associations report."""

    naming: Naming
    deployment: Deployment
    fleet: str
    install_root: str
    document: ssm.Document
    logs_bucket: pulumi.Input[str]


def agent_settings(naming: Naming, fleet: str, install_root: str) -> str:
    """The CloudWatch agent's settings: disk, memory and CPU of each instance, and the render agent's log.

    Raises:
        ValueError: when they are longer than a parameter may be.
    """
    of_fleet = {"append_dimensions": {"Environment": naming.environment, "Fleet": fleet}}
    metrics = {
        "namespace": NAMESPACE,
        # One series for the fleet, and none for each instance: nobody reads those, and each is paid for.
        "aggregation_dimensions": [["Environment", "Fleet"]],
        "metrics_collected": {
            # Without resources there is one series for all cores, and none for each.
            "cpu": {**_measured("usage_active"), "totalcpu": True, **of_fleet},
            "mem": {**_measured("used_percent"), **of_fleet},
            "disk": {
                **_measured("used_percent", "inodes_free"),
                "resources": ["/"],
                # The device's name differs from one instance type to the next.
                "drop_device": True,
                **of_fleet,
            },
        },
    }
    log = {
        "file_path": f"{install_root}/log/agent.log",
        "log_group_name": FleetNames.of(naming, fleet).log_group,
        "log_stream_name": "{instance_id}",
        "timezone": "UTC",
    }
    text = json.dumps(
        {
            "agent": {"metrics_collection_interval": SECONDS_BETWEEN_METRICS, "region": naming.region},
            "metrics": metrics,
            "logs": {"logs_collected": {"files": {"collect_list": [log]}}},
        },
        sort_keys=True,
    )
    if len(text.encode()) > PARAMETER_BYTES:
        raise ValueError(
            f"The CloudWatch agent's settings of {fleet} have {len(text.encode())} bytes; a parameter holds "
            f"{PARAMETER_BYTES}: collect less, or shorten install_root."
        )
    return text


def _measured(*names: str) -> dict[str, list[str]]:
    """Measurements of which only the aggregated series are sent."""
    return {"measurement": list(names), "drop_original_metrics": list(names)}


def build_cloudwatch_agent(name: str, args: CloudWatchAgentArgs, parent: pulumi.Resource) -> None:
    """Build log group, settings, and the association that installs the agent and hands them to it."""
    inside = pulumi.ResourceOptions(parent=parent)
    names, tags = FleetNames.of(args.naming, args.fleet), args.naming.tags(COMPONENT, fleet=args.fleet)
    logs = cloudwatch.LogGroup(
        f"{name}-logs",
        name=names.log_group,
        retention_in_days=args.deployment.log_retention_days,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent, protect=args.deployment.protect),
    )
    parameter = ssm.Parameter(
        f"{name}-cloudwatch-agent",
        name=names.cloudwatch_parameter,
        description=f"Settings of the CloudWatch agents of {args.fleet}",
        type="String",
        value=agent_settings(args.naming, args.fleet, args.install_root),
        tags=tags,
        opts=inside,
    )
    targets = {"Environment": args.naming.environment, "Fleet": args.fleet}
    ssm.Association(
        f"{name}-cloudwatch",
        association_name=args.naming.physical(args.fleet, "cloudwatch", limit=ASSOCIATION_LIMIT),
        name=args.document.name,
        document_version=args.document.latest_version,
        schedule_expression=RETRY_RATE,
        apply_only_at_cron_interval=False,
        compliance_severity="MEDIUM",
        # As for the bootstrap: nothing about other instances may keep a new one from its logs.
        max_concurrency="100%",
        max_errors="100%",
        targets=[
            ssm.AssociationTargetArgs(key=f"tag:{key}", values=[value]) for key, value in targets.items()
        ],
        parameters={"Settings": parameter.name},
        output_location=ssm.AssociationOutputLocationArgs(
            s3_bucket_name=args.logs_bucket, s3_key_prefix="systems-manager/cloudwatch"
        ),
        tags=tags,
        # Without its group an agent would have nowhere to write: making one is not its role's.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[logs]),
    )
