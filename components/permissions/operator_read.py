"""The policy `operator-read`: what `clipit trace`, `logs`, `fleet status` and `console` need to read.

It reads no composition, no asset, no video, no API key and no secret.
"""

from collections.abc import Sequence

from components.naming import Naming
from components.naming.fleet_names import FleetNames
from components.naming.store_names import StoreNames
from components.permissions.policy_documents import Statement, document, only_keys

FUNCTIONS = ("notifier", "sweeper")
ITEMS = ("JOB#*", "DELIVERY#*", "SCALER#*", "WORKER#*")
"""Partitions of the table and of its index by state; not those of API keys and idempotency records."""


def operator_read(naming: Naming, fleets: Sequence[str]) -> str:
    """The policy's document."""
    store = StoreNames.of(naming)
    return document(
        [
            Statement(
                actions=["dynamodb:GetItem", "dynamodb:Query"],
                resources=[store.table_arn, store.index_arn("by-state")],
                conditions=only_keys(*ITEMS),
            ),
            Statement(actions=["logs:StartQuery"], resources=_log_groups(naming, fleets)),
            # These know no resources.
            Statement(
                actions=[
                    "autoscaling:DescribeAutoScalingGroups",
                    "autoscaling:DescribeScalingActivities",
                    "cloudwatch:DescribeAlarms",
                    "cloudwatch:GetMetricData",
                    "logs:GetQueryResults",
                ],
                resources=["*"],
            ),
            Statement(
                actions=["ssm:DescribeInstanceAssociationsStatus"],
                resources=[naming.arn("ec2", "instance/*")],
            ),
            Statement(
                actions=["s3:ListBucket"],
                resources=[naming.bucket_arn(store.outputs), naming.bucket_arn(store.logs)],
                conditions={"StringLike": {"s3:prefix": ["outputs/*", "systems-manager/bootstrap/*"]}},
            ),
            Statement(
                actions=["s3:GetObject"],
                resources=[
                    naming.bucket_arn(store.outputs, "outputs/*/engine.log"),
                    naming.bucket_arn(store.logs, "systems-manager/bootstrap/*"),
                ],
            ),
            Statement(
                actions=["kms:Decrypt"],
                resources=[store.keys_arn],
                conditions={"ForAnyValue:StringEquals": {"kms:ResourceAliases": store.key_alias}},
            ),
        ]
    )


def _log_groups(naming: Naming, fleets: Sequence[str]) -> list[str]:
    scalers = [naming.physical(fleet, "scaler", limit=64) for fleet in fleets]
    functions = [naming.physical(name, limit=64) for name in FUNCTIONS]
    groups = [
        f"/ecs/{naming.physical('job-server', limit=255)}",
        *(f"/aws/lambda/{name}" for name in (*functions, *scalers)),
        *(FleetNames.of(naming, fleet).log_group for fleet in fleets),
    ]
    return [naming.arn("logs", f"log-group:{group}:*") for group in groups]
