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
PACKAGE = "AmazonCloudWatchAgent"
# Documents of AWS. State Manager runs documents that another account shares at their default version,
# regardless of the version in the association (API reference, CreateAssociation).
INSTALL_DOCUMENT, MANAGE_DOCUMENT, AWS_DOCUMENT_VERSION = (
    "AWS-ConfigureAWSPackage",
    "AmazonCloudWatch-ManageAgent",
    "$DEFAULT",
)
# Associations have no order: one that runs before the agent is installed runs again after this, the minimum.
RETRY_RATE = "rate(30 minutes)"
DAILY_RATE = "rate(1 day)"
ASSOCIATION_LIMIT = 128
# A standard parameter holds 4 KiB.
PARAMETER_BYTES = 4096
SECONDS_BETWEEN_METRICS = 60


@dataclass(frozen=True, kw_only=True)
class CloudWatchAgentArgs:
    """Whose instances are watched, where their agent logs, and where associations report."""

    naming: Naming
    deployment: Deployment
    fleet: str
    install_root: str
    logs_bucket: pulumi.Input[str]


def agent_settings(naming: Naming, fleet: str, install_root: str) -> str:
    """The CloudWatch agent's settings: disk, memory and CPU of each instance, and the render agent's log.

    Raises:
        ValueError: when they are longer than a parameter may be.
    """
    of_fleet = {"append_dimensions": {"Environment": naming.environment, "Fleet": fleet}}
    metrics = {
        "namespace": NAMESPACE,
        "append_dimensions": {"InstanceId": "${aws:InstanceId}"},
        "aggregation_dimensions": [["Environment", "Fleet"]],
        "metrics_collected": {
            # Without resources there is one series for all cores, and none for each.
            "cpu": {"measurement": ["usage_active"], "totalcpu": True, **of_fleet},
            "mem": {"measurement": ["used_percent"], **of_fleet},
            "disk": {
                "measurement": ["used_percent", "inodes_free"],
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


def build_cloudwatch_agent(name: str, args: CloudWatchAgentArgs, parent: pulumi.Resource) -> None:
    """Build log group, settings, and the associations that install the agent and hand them to it."""
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
    install = _Applied(
        label="cloudwatch-install",
        document=INSTALL_DOCUMENT,
        rate=DAILY_RATE,
        parameters={"action": "Install", "name": PACKAGE},
    )
    configure = _Applied(
        label="cloudwatch-settings",
        document=MANAGE_DOCUMENT,
        rate=RETRY_RATE,
        parameters={
            "action": "configure",
            "mode": "ec2",
            "optionalConfigurationSource": "ssm",
            "optionalConfigurationLocation": parameter.name,
            "optionalRestart": "yes",
        },
    )
    _associate(name, args, install, inside)
    # Without its group an agent would have nowhere to write: making one is not its role's.
    _associate(name, args, configure, pulumi.ResourceOptions(parent=parent, depends_on=[logs]))


@dataclass(frozen=True, kw_only=True)
class _Applied:
    """A document of AWS, how it is called and how often."""

    label: str
    document: str
    rate: str
    parameters: dict[str, pulumi.Input[str]]


def _associate(name: str, args: CloudWatchAgentArgs, applied: _Applied, opts: pulumi.ResourceOptions) -> None:
    targets = {"Environment": args.naming.environment, "Fleet": args.fleet}
    ssm.Association(
        f"{name}-{applied.label}",
        association_name=args.naming.physical(args.fleet, applied.label, limit=ASSOCIATION_LIMIT),
        name=applied.document,
        document_version=AWS_DOCUMENT_VERSION,
        schedule_expression=applied.rate,
        apply_only_at_cron_interval=False,
        compliance_severity="MEDIUM",
        max_concurrency="50%",
        max_errors="10%",
        targets=[
            ssm.AssociationTargetArgs(key=f"tag:{key}", values=[value]) for key, value in targets.items()
        ],
        parameters=applied.parameters,
        output_location=ssm.AssociationOutputLocationArgs(
            s3_bucket_name=args.logs_bucket, s3_key_prefix=f"systems-manager/{applied.label}"
        ),
        tags=args.naming.tags(COMPONENT, fleet=args.fleet),
        opts=opts,
    )
