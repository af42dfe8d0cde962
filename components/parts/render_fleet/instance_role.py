"""Builds the role of a fleet's instances: what the agent calls, and what Systems Manager needs."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws import iam

from components.naming import Naming
from components.naming.fleet_names import FleetNames
from components.naming.store_names import StoreNames
from components.parts.render_fleet.cloudwatch_agent import NAMESPACE
from components.permissions import Statement, document, only_attributes, only_keys, trust, use_of_key

COMPONENT = "render-fleet"
# Systems Manager's own actions know no resources (service authorization reference).
SYSTEMS_MANAGER = (
    "ec2messages:AcknowledgeMessage",
    "ec2messages:DeleteMessage",
    "ec2messages:FailMessage",
    "ec2messages:GetEndpoint",
    "ec2messages:GetMessages",
    "ec2messages:SendReply",
    "ssm:DescribeAssociation",
    "ssm:DescribeDocument",
    "ssm:GetDeployablePatchSnapshotForInstance",
    "ssm:GetDocument",
    "ssm:GetManifest",
    "ssm:ListAssociations",
    "ssm:ListInstanceAssociations",
    "ssm:PutComplianceItems",
    "ssm:PutConfigurePackageResult",
    "ssm:PutInventory",
    "ssm:UpdateAssociationStatus",
    "ssm:UpdateInstanceAssociationStatus",
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)

KEY = ("pk", "sk")
# Events and progress lie beside their job. Without the keys of an index, what is put is in no list.
PUT_BESIDE_A_JOB = (
    "entity",
    "expires_at",
    *("actor", "at", "detail", "job_id", "kind", "number", "trace_id"),
    *("attempt", "percent", "stage"),
)
CHANGED_BY_AN_ATTEMPT = (
    *("state", "state_pk", "state_sk", "waiting_pk", "attempt", "interruptions", "event_count"),
    *("started_at", "updated_at", "finished_at", "enqueued_at", "dispatched_at"),
    *("dead_letter_at", "announced_at", "lease_owner", "lease_expires_at"),
    *("output", "output_key", "failure_code", "failure_detail"),
)
OF_A_WORKER = (
    *("entity", "expires_at", "state_pk", "state_sk", "instance_id", "fleet", "state"),
    *("heartbeat_at", "registered_at", "idle_since", "busy_since", "job_id", "attempt", "agent_version"),
    *("at", "words"),
)


@dataclass(frozen=True, kw_only=True)
class InstanceRoleArgs:
    """Whose instances they are."""

    naming: Naming
    fleet: str


def agent_statements(naming: Naming, fleet: str) -> list[Statement]:
    """What the render agent calls."""
    store, names = StoreNames.of(naming), FleetNames.of(naming, fleet)
    return [
        # Instances run third-party engines, so they can reach only jobs and workers, and read
        # compositions. Of a job they change what an attempt changes: whose it is, what it shows and where
        # its webhook goes was said at submission.
        Statement(
            actions=["dynamodb:GetItem"],
            resources=[store.table_arn],
            conditions=only_keys("COMPOSITION#*", "JOB#*", "WORKER#*"),
        ),
        # How many renders of a tenant are in work: the number alone, not whose they are.
        Statement(
            actions=["dynamodb:Query"],
            resources=[store.index_arn("by-state")],
            conditions={**only_keys(f"JOB#rendering#{fleet}"), "StringEquals": {"dynamodb:Select": "COUNT"}},
        ),
        Statement(
            actions=["dynamodb:PutItem"],
            resources=[store.table_arn],
            conditions={**only_keys("JOB#*"), **only_attributes((*KEY, *PUT_BESIDE_A_JOB))},
        ),
        Statement(
            actions=["dynamodb:UpdateItem"],
            resources=[store.table_arn],
            conditions={**only_keys("JOB#*"), **only_attributes((*KEY, *CHANGED_BY_AN_ATTEMPT))},
        ),
        Statement(
            actions=["dynamodb:PutItem", "dynamodb:UpdateItem"],
            resources=[store.table_arn],
            conditions={**only_keys("WORKER#*"), **only_attributes((*KEY, *OF_A_WORKER))},
        ),
        Statement(
            actions=["dynamodb:DeleteItem"], resources=[store.table_arn], conditions=only_keys("WORKER#*")
        ),
        Statement(
            actions=[
                "sqs:ChangeMessageVisibility",
                "sqs:DeleteMessage",
                "sqs:ReceiveMessage",
                "sqs:SendMessage",
            ],
            resources=[*names.queue_arns],
        ),
        Statement(actions=["sqs:SendMessage"], resources=[names.dead_letters_arn]),
        Statement(actions=["s3:GetObject"], resources=[naming.bucket_arn(store.inputs, "*")]),
        Statement(actions=["s3:ListBucket"], resources=[naming.bucket_arn(store.inputs)]),
        Statement(
            actions=["s3:AbortMultipartUpload", "s3:PutObject"],
            resources=[naming.bucket_arn(store.outputs, "outputs/*")],
        ),
        Statement(
            actions=[
                "autoscaling:CompleteLifecycleAction",
                "autoscaling:RecordLifecycleActionHeartbeat",
                "autoscaling:SetInstanceHealth",
            ],
            resources=[names.group_arn],
        ),
    ]


def platform_statements(naming: Naming, fleet: str) -> list[Statement]:
    """What the instance needs before and beside the agent."""
    store, names = StoreNames.of(naming), FleetNames.of(naming, fleet)
    return [
        Statement(actions=SYSTEMS_MANAGER, resources=["*"]),
        Statement(
            actions=["ssm:GetParameter", "ssm:GetParameters"],
            resources=[
                naming.arn("ssm", f"parameter{path}")
                for path in (names.environment_parameter, names.cloudwatch_parameter)
            ],
        ),
        *cloudwatch_statements(naming, fleet),
        Statement(
            actions=["s3:GetObject"],
            resources=[naming.bucket_arn(bucket, "*") for bucket in buckets_of_aws(naming.region)],
        ),
        Statement(
            actions=["s3:GetObject"],
            resources=[naming.bucket_arn(store.artifacts, f"{kind}/*") for kind in ("agent", "engine")],
        ),
        # aws:downloadContent first lists the objects under its path, and fails without that permission;
        # without it a missing object also answers 403.
        Statement(actions=["s3:ListBucket"], resources=[naming.bucket_arn(store.artifacts)]),
        # The SSM agent uploads output with the ACL bucket-owner-full-control, and a refused upload still
        # reads Success (amazon-ssm-agent, agent/s3util).
        Statement(
            actions=["s3:PutObject", "s3:PutObjectAcl"],
            resources=[naming.bucket_arn(store.logs, "systems-manager/*")],
        ),
        use_of_key(store.keys_arn, store.key_alias),
    ]


def cloudwatch_statements(naming: Naming, fleet: str) -> list[Statement]:
    """What the CloudWatch agent calls: lines into its group, which it may not make, and our metrics."""
    log_streams = naming.arn("logs", f"log-group:{FleetNames.of(naming, fleet).log_group}:*")
    return [
        Statement(actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[log_streams]),
        # Metrics are no resources; the namespace bounds what may be written.
        Statement(
            actions=["cloudwatch:PutMetricData"],
            resources=["*"],
            conditions={"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
        ),
    ]


def buckets_of_aws(region: str) -> list[str]:
    """Where Systems Manager fetches packages, documents and patch baselines.

    Through an endpoint, and ours always exists, an instance reaches them only when its role says so (Systems
    Manager user guide, "SSM Agent communications with AWS managed S3 buckets"). Some names have an ending
    of their region.
    """
    return [
        f"amazon-ssm-packages-{region}",
        f"aws-patch-manager-{region}-*",
        f"aws-ssm-{region}",
        f"aws-ssm-distributor-file-{region}",
        f"aws-ssm-document-attachments-{region}",
        f"patch-baseline-snapshot-{region}",
        f"patch-baseline-snapshot-{region}-*",
        f"{region}-birdwatcher-prod",
    ]


def build_instance_profile(name: str, args: InstanceRoleArgs, parent: pulumi.Resource) -> iam.InstanceProfile:
    """Build the role and the profile that hands it to instances."""
    inside = pulumi.ResourceOptions(parent=parent)
    tags = args.naming.tags(COMPONENT, fleet=args.fleet)
    role = iam.Role(
        name,
        name=FleetNames.of(args.naming, args.fleet).role,
        description=f"What instances of the fleet {args.fleet} may do.",
        assume_role_policy=trust("ec2.amazonaws.com"),
        permissions_boundary=args.naming.boundary,
        tags=tags,
        opts=inside,
    )
    documents = {
        "agent": document(agent_statements(args.naming, args.fleet)),
        "platform": document(platform_statements(args.naming, args.fleet)),
    }
    policies = [
        iam.RolePolicy(f"{name}-{purpose}", role=role.id, policy=policy, opts=inside)
        for purpose, policy in documents.items()
    ]
    # No instance starts before it may register with Systems Manager.
    complete = pulumi.ResourceOptions(parent=parent, depends_on=policies)
    return iam.InstanceProfile(name, role=role.name, tags=tags, opts=complete)
