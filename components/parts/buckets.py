"""Builds one private bucket: encrypted, versioned, TLS only, and with expiration for all objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import s3

from components.naming import Naming
from components.naming.store_names import bucket_name
from components.permissions import Statement, document, only_over_tls

NONCURRENT_DAYS = 30
ABANDONED_UPLOAD_DAYS = 7


@dataclass(frozen=True, kw_only=True)
class BucketArgs:
    """One bucket: its purpose, its retention and who else may write to it."""

    naming: Naming
    component: str
    purpose: str
    keep_days: int | None
    day_prefixes: Sequence[str] = ()
    """Objects whose names begin so expire after a day."""
    protect: bool
    disposable: bool
    key_arn: pulumi.Input[str] | None = None
    statements: Sequence[Statement] = ()


@dataclass(frozen=True, kw_only=True)
class StoreBucket:
    """A bucket whose name is available once its policy is in place, so that writers come after it."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]


def build_bucket(name: str, args: BucketArgs, parent: pulumi.Resource) -> StoreBucket:
    """Build the bucket with its separate settings as children of the component that owns it."""
    inside = pulumi.ResourceOptions(parent=parent)
    physical = bucket_name(args.naming, args.purpose)
    bucket = s3.Bucket(
        name,
        bucket=physical,
        force_destroy=args.disposable,
        tags=args.naming.tags(args.component),
        opts=pulumi.ResourceOptions(parent=parent, protect=args.protect),
    )
    s3.BucketPublicAccessBlock(
        name,
        bucket=bucket.bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=inside,
    )
    s3.BucketOwnershipControls(
        name,
        bucket=bucket.bucket,
        rule=s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
        opts=inside,
    )
    s3.BucketServerSideEncryptionConfiguration(
        name, bucket=bucket.bucket, rules=[_encryption(args)], opts=inside
    )
    s3.BucketVersioning(
        name,
        bucket=bucket.bucket,
        versioning_configuration=s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
        opts=inside,
    )
    s3.BucketLifecycleConfiguration(name, bucket=bucket.bucket, rules=_lifecycle(args), opts=inside)
    everything = [args.naming.bucket_arn(physical), args.naming.bucket_arn(physical, "*")]
    policy = s3.BucketPolicy(
        name,
        bucket=bucket.bucket,
        policy=document([only_over_tls("s3:*", everything), *args.statements]),
        opts=inside,
    )
    arn = pulumi.Output.all(bucket.arn, policy.id).apply(lambda known: str(known[0]))
    return StoreBucket(name=policy.bucket, arn=arn)


def _encryption(args: BucketArgs) -> s3.BucketServerSideEncryptionConfigurationRuleArgs:
    default = s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
        sse_algorithm="AES256" if args.key_arn is None else "aws:kms", kms_master_key_id=args.key_arn
    )
    return s3.BucketServerSideEncryptionConfigurationRuleArgs(
        apply_server_side_encryption_by_default=default, bucket_key_enabled=args.key_arn is not None
    )


def _lifecycle(args: BucketArgs) -> list[s3.BucketLifecycleConfigurationRuleArgs]:
    everything = s3.BucketLifecycleConfigurationRuleFilterArgs(prefix="")
    tidy = s3.BucketLifecycleConfigurationRuleArgs(
        id="tidy",
        status="Enabled",
        filter=everything,
        abort_incomplete_multipart_upload=s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=ABANDONED_UPLOAD_DAYS
        ),
        noncurrent_version_expiration=s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
            noncurrent_days=NONCURRENT_DAYS
        ),
    )
    if args.keep_days is None:
        return [tidy]
    expire = s3.BucketLifecycleConfigurationRuleArgs(
        id="expire",
        status="Enabled",
        filter=everything,
        expiration=s3.BucketLifecycleConfigurationRuleExpirationArgs(days=args.keep_days),
    )
    return [tidy, expire, *(_for_a_day(number, prefix) for number, prefix in enumerate(args.day_prefixes))]


def _for_a_day(number: int, prefix: str) -> s3.BucketLifecycleConfigurationRuleArgs:
    return s3.BucketLifecycleConfigurationRuleArgs(
        id=f"expire-early-{number}",
        status="Enabled",
        filter=s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=prefix),
        expiration=s3.BucketLifecycleConfigurationRuleExpirationArgs(days=1),
    )
