"""What S3 keeps beside a bucket: each setting is its own resource, put, read and removed as a whole."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from local.provider.types.aws import Aws
from local.provider.types.checks import json_text, required
from local.provider.types.props import Props
from local.provider.types.resource import (
    Change,
    Check,
    CheckFailure,
    Created,
    Existing,
    Outputs,
    ResourceType,
    Types,
)
from local.provider.types.s3_lifecycle import LIFECYCLE, lifecycle_as_seen, lifecycle_as_sent
from local.provider.types.spelling import camel, pascal

OWNERSHIP = ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")
VERSIONING = ("Enabled", "Suspended", "Disabled")
ENCRYPTION = ("AES256", "aws:kms", "aws:kms:dsse")
BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
ENCRYPTION_NAMES = {"sseAlgorithm": "SSEAlgorithm", "kmsMasterKeyId": "KMSMasterKeyID"}


@dataclass(frozen=True, kw_only=True)
class Setting:
    """How one setting of a bucket is put, seen and taken away.

    Attributes:
        put: the operation that sets it, and `sent` its parameters beside the bucket.
        get: the operation that reads it; `seen` makes our properties of the answer, None when not set.
        remove: the operation that takes it away; `cleared` its parameters where no operation deletes.
    """

    put: str
    sent: Callable[[Props], dict[str, object]]
    get: str
    seen: Callable[[Props], Outputs | None]
    remove: str
    cleared: Callable[[], dict[str, object]] = dict

    def backed(self, *checks: Check, defaults: Mapping[str, object] | None = None) -> ResourceType:
        """The resource type; its id is the bucket's name."""
        return ResourceType(
            create=self._create,
            read=self._read,
            update=self._update,
            delete=self._delete,
            checks=(required("bucket"), *checks),
            defaults=defaults or {},
            taggable=False,
        )

    def _create(self, aws: Aws, new: Props) -> Created:
        bucket = new.text("bucket")
        aws.call("s3", self.put, Bucket=bucket, **self.sent(new))
        return Created(id=bucket)

    def _read(self, aws: Aws, it: Existing) -> Outputs | None:
        seen = self.seen(aws.call("s3", self.get, Bucket=it.id))
        return None if seen is None else {"bucket": it.id, **seen}

    def _update(self, aws: Aws, it: Existing, change: Change) -> None:
        aws.call("s3", self.put, Bucket=it.id, **self.sent(change.inputs))

    def _delete(self, aws: Aws, it: Existing) -> None:
        aws.call("s3", self.remove, Bucket=it.id, **self.cleared())


def _blocks_sent(new: Props) -> dict[str, object]:
    return {"PublicAccessBlockConfiguration": {key[0].upper() + key[1:]: new.flag(key) for key in BLOCKS}}


def _blocks_seen(answer: Props) -> Outputs:
    found = answer.block("PublicAccessBlockConfiguration")
    return {key: found.flag(key[0].upper() + key[1:]) for key in BLOCKS}


def _ownership_sent(new: Props) -> dict[str, object]:
    return {"OwnershipControls": {"Rules": [pascal(dict(new.block("rule")))]}}


def _ownership_seen(answer: Props) -> Outputs:
    return {"rule": camel(dict(answer.block("OwnershipControls").blocks("Rules")[0]))}


def _encryption_sent(new: Props) -> dict[str, object]:
    return {"ServerSideEncryptionConfiguration": {"Rules": pascal(new.items_of("rules"), ENCRYPTION_NAMES)}}


def _encryption_seen(answer: Props) -> Outputs:
    return {
        "rules": camel(answer.block("ServerSideEncryptionConfiguration").items_of("Rules"), ENCRYPTION_NAMES)
    }


def _versioning_sent(new: Props) -> dict[str, object]:
    status = new.block("versioningConfiguration").text("status")
    # A bucket that was never versioned is "Disabled" to Pulumi, a word that the API does not know.
    return {"VersioningConfiguration": {"Status": "Suspended" if status == "Disabled" else status}}


def _versioning_seen(answer: Props) -> Outputs | None:
    status = answer.maybe_text("Status")
    return None if status is None else {"versioningConfiguration": {"status": status}}


def _nested(block: str, key: str, allowed: tuple[str, ...]) -> Check:
    """The value of a nested property is one of the enumeration."""

    def check(inputs: Props) -> Iterator[CheckFailure]:
        value = inputs.block(block).maybe_text(key)
        if value not in allowed:
            reason = f"{value!r} is not allowed; use one of {', '.join(allowed)}"
            yield CheckFailure(property=f"{block}.{key}", reason=reason)

    return check


def _encrypts(inputs: Props) -> Iterator[CheckFailure]:
    for rule in inputs.blocks("rules"):
        default = rule.block("applyServerSideEncryptionByDefault")
        algorithm = default.maybe_text("sseAlgorithm")
        if default and algorithm not in ENCRYPTION:
            reason = f"{algorithm!r} is not allowed; use one of {', '.join(ENCRYPTION)}"
            yield CheckFailure(property="rules", reason=reason)
        if algorithm == "AES256" and default.has("kmsMasterKeyId"):
            yield CheckFailure(
                property="rules", reason="AES256 takes no kmsMasterKeyId; use aws:kms or leave it out"
            )


TYPES: Types = {
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Setting(
        put="put_public_access_block",
        sent=_blocks_sent,
        get="get_public_access_block",
        seen=_blocks_seen,
        remove="delete_public_access_block",
    ).backed(defaults=dict.fromkeys(BLOCKS, False)),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": Setting(
        put="put_bucket_ownership_controls",
        sent=_ownership_sent,
        get="get_bucket_ownership_controls",
        seen=_ownership_seen,
        remove="delete_bucket_ownership_controls",
    ).backed(_nested("rule", "objectOwnership", OWNERSHIP)),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": Setting(
        put="put_bucket_encryption",
        sent=_encryption_sent,
        get="get_bucket_encryption",
        seen=_encryption_seen,
        remove="delete_bucket_encryption",
    ).backed(required("rules"), _encrypts),
    "aws:s3/bucketVersioning:BucketVersioning": Setting(
        put="put_bucket_versioning",
        sent=_versioning_sent,
        get="get_bucket_versioning",
        seen=_versioning_seen,
        remove="put_bucket_versioning",
        cleared=lambda: {"VersioningConfiguration": {"Status": "Suspended"}},
    ).backed(_nested("versioningConfiguration", "status", VERSIONING)),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": Setting(
        put="put_bucket_lifecycle_configuration",
        sent=lifecycle_as_sent,
        get="get_bucket_lifecycle_configuration",
        seen=lifecycle_as_seen,
        remove="delete_bucket_lifecycle",
    ).backed(required("rules"), *LIFECYCLE),
    "aws:s3/bucketPolicy:BucketPolicy": Setting(
        put="put_bucket_policy",
        sent=lambda new: {"Policy": new.text("policy")},
        get="get_bucket_policy",
        seen=lambda answer: {"policy": answer.text("Policy")},
        remove="delete_bucket_policy",
    ).backed(required("policy"), json_text("policy")),
}
