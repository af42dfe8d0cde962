"""The job store: the table of all jobs, the buckets around it and the key of customers' content."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws import dynamodb, kms

from components import settings
from components.naming import Naming
from components.naming.alarm_names import PAGES, TICKETS, topic_arn
from components.naming.store_names import StoreNames
from components.parts.buckets import BucketArgs, StoreBucket, build_bucket
from components.permissions import Statement, document

COMPONENT = "job-store"
OF_TEST_KEYS = {"inputs": ("assets/test--", "compositions/test--"), "outputs": ("outputs/test--",)}
"""How the names of objects of test spaces begin, by bucket (`handlers/jobs/tenants/spaces.py`)."""


@dataclass(frozen=True, kw_only=True)
class JobStoreArgs:
    """What the store needs from its neighbors."""

    naming: Naming
    settings: settings.Storage
    protect: bool


class JobStore(pulumi.ComponentResource):
    """Owns table, buckets and key; the queues belong to the fleets."""

    def __init__(self, name: str, args: JobStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("clip-it:job_store:JobStore", name, None, opts)
        self._name, self._args = name, args
        self.names = StoreNames.of(args.naming)
        self.key = self._key()
        self.table = self._table()
        self.inputs = self._bucket("inputs", args.settings.input_retention_days, encrypted=True)
        self.outputs = self._bucket("outputs", args.settings.output_retention_days, encrypted=True)
        self.artifacts = self._bucket("artifacts", None)
        self.logs = self._bucket(
            "logs", args.settings.log_retention_days, statements=log_delivery(args.naming, self.names.logs)
        )
        self.register_outputs({"table_name": self.table.name})

    def _key(self) -> kms.Key:
        naming = self._args.naming
        key = kms.Key(
            f"{self._name}-content",
            description=f"Compositions, assets, videos and alarms of {naming.environment}",
            key_usage="ENCRYPT_DECRYPT",
            enable_key_rotation=True,
            deletion_window_in_days=self._args.settings.key_deletion_days,
            policy=document(key_policy(naming)),
            tags=naming.tags(COMPONENT),
            opts=self._kept(),
        )
        kms.Alias(
            f"{self._name}-content",
            name=self.names.key_alias,
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return key

    def _table(self) -> dynamodb.Table:
        attribute = dynamodb.TableAttributeArgs
        return dynamodb.Table(
            self._name,
            name=self.names.table,
            billing_mode="PAY_PER_REQUEST",
            hash_key="pk",
            range_key="sk",
            attributes=[
                attribute(name="pk", type="S"),
                attribute(name="sk", type="S"),
                attribute(name="tenant_pk", type="S"),
                attribute(name="tenant_sk", type="S"),
                attribute(name="state_pk", type="S"),
                attribute(name="state_sk", type="N"),
                attribute(name="waiting_pk", type="S"),
                attribute(name="enqueued_at", type="N"),
            ],
            global_secondary_indexes=[
                _index("by-tenant", "tenant_pk", "tenant_sk"),
                _index("by-state", "state_pk", "state_sk"),
                _index("by-waiting", "waiting_pk", "enqueued_at", projection="KEYS_ONLY"),
            ],
            stream_enabled=True,
            stream_view_type="NEW_AND_OLD_IMAGES",
            ttl=dynamodb.TableTtlArgs(attribute_name="expires_at", enabled=True),
            point_in_time_recovery=dynamodb.TablePointInTimeRecoveryArgs(
                enabled=self._args.settings.point_in_time_recovery
            ),
            server_side_encryption=dynamodb.TableServerSideEncryptionArgs(enabled=True),
            deletion_protection_enabled=self._args.settings.deletion_protection,
            tags=self._args.naming.tags(COMPONENT),
            opts=self._kept(),
        )

    def _bucket(
        self,
        purpose: str,
        keep_days: int | None,
        *,
        encrypted: bool = False,
        statements: tuple[Statement, ...] = (),
    ) -> StoreBucket:
        args = BucketArgs(
            naming=self._args.naming,
            component=COMPONENT,
            purpose=purpose,
            keep_days=keep_days,
            day_prefixes=OF_TEST_KEYS.get(purpose, ()),
            protect=self._args.protect,
            disposable=self._args.settings.disposable,
            key_arn=self.key.arn if encrypted else None,
            statements=statements,
        )
        return build_bucket(f"{self._name}-{purpose}", args, self)

    def _kept(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, protect=self._args.protect)


def _index(
    name: str, hash_key: str, range_key: str, *, projection: str = "ALL"
) -> dynamodb.TableGlobalSecondaryIndexArgs:
    key = dynamodb.TableGlobalSecondaryIndexKeySchemaArgs
    return dynamodb.TableGlobalSecondaryIndexArgs(
        name=name,
        key_schemas=[
            key(attribute_name=hash_key, key_type="HASH"),
            key(attribute_name=range_key, key_type="RANGE"),
        ],
        projection_type=projection,
    )


def key_policy(naming: Naming) -> tuple[Statement, ...]:
    """The key policy: roles of this account by their IAM policies, and alarms and events for the topic.

    A condition on the source would keep EventBridge from an encrypted topic (SNS developer guide, "Managing
    Amazon SNS encryption keys and costs"); the topic in the encryption context takes its place.
    """
    account = f"arn:aws:iam::{naming.account_id}:root"
    return (
        Statement(principal={"AWS": account}, actions=["kms:*"], resources=["*"]),
        Statement(
            principal={"Service": "cloudwatch.amazonaws.com"},
            actions=["kms:Decrypt", "kms:GenerateDataKey*"],
            resources=["*"],
            conditions={"StringEquals": {"aws:SourceAccount": naming.account_id}},
        ),
        Statement(
            principal={"Service": "events.amazonaws.com"},
            actions=["kms:Decrypt", "kms:GenerateDataKey*"],
            resources=["*"],
            conditions={
                "StringEquals": {
                    "kms:EncryptionContext:aws:sns:topicArn": [
                        topic_arn(naming, one) for one in (PAGES, TICKETS)
                    ]
                }
            },
        ),
    )


def log_delivery(naming: Naming, bucket: str) -> tuple[Statement, ...]:
    """Load balancers may write into the logs bucket, for this account only."""
    return (
        Statement(
            principal={"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
            actions=["s3:PutObject"],
            resources=[naming.bucket_arn(bucket, "balancer/*")],
            conditions={
                "ArnLike": {"aws:SourceArn": naming.arn("elasticloadbalancing", "loadbalancer/*")},
            },
        ),
    )
