"""Objects travel over TLS and lie encrypted, by an explicit decision."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.buckets import beside, every, own, wholly
from guardrails.options import Options
from guardrails.resources.documents import plainly_denied, statements_at
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack, without_unset
from guardrails.resources.values import any_of, each, in_turn, items, present
from guardrails.rule import Finding, StackRule

# The older form, in the spellings of Bucket and BucketV2.
INLINE = ("serverSideEncryptionConfiguration", "serverSideEncryptionConfigurations")


def findings(stack: Stack, _options: Options) -> Iterator[Finding]:
    """Each bucket that answers without TLS or leaves encryption to a default."""
    buckets = stack.of(types.BUCKETS)
    yield from each(buckets, lambda bucket: in_turn(_plain(stack, bucket), _unencrypted(stack, bucket)))


def _plain(stack: Stack, bucket: Resource) -> Iterator[Finding]:
    holders = [without_unset(bucket, "policy"), *beside(stack, bucket, types.BUCKET_POLICIES)]
    if not any_of(holders, _refuses):
        yield Finding(
            observed="answers requests without TLS",
            expected=(
                "a policy that denies s3:* on bucket and objects to everybody where aws:SecureTransport is "
                "false"
            ),
            argument="policy of an aws.s3.BucketPolicy",
            resource=bucket,
        )


def _refuses(holder: Resource) -> bool:
    # Permissions with TLS alone would not do: what an identity's own policy allows passes them by.
    return wholly(plainly_denied(statements_at(holder.props, "policy") or [], "s3"))


def _unencrypted(stack: Stack, bucket: Resource) -> Iterator[Finding]:
    if any(present(bucket.props, key) for key in own(bucket, *INLINE)):
        return
    holders = beside(stack, bucket, types.BUCKET_ENCRYPTIONS)
    if not every(holders, _encrypts):
        yield Finding(
            observed="states no default encryption",
            expected="an aws.s3.BucketServerSideEncryptionConfiguration",
            argument="rules",
            resource=bucket,
        )


def _encrypts(holder: Resource) -> bool:
    rules = items(holder.props, "rules")
    return any_of(rules, lambda rule: present(rule, "applyServerSideEncryptionByDefault", "sseAlgorithm"))


RULE = StackRule(
    id="s3-tls-and-encryption",
    title="TLS and encryption of buckets",
    description="A bucket must refuse requests without TLS and state its default encryption.",
    why="A presigned link over plain HTTP gives the footage to everybody on the way.",
    fix="Add a bucket policy that denies requests without TLS, and a server-side encryption configuration.",
    severity=Severity.HIGH,
    references=("S3.5", "CKV_AWS_379", "S10"),
    topics=("security", "encryption", "data"),
    judges=types.BUCKETS | types.BUCKET_POLICIES | types.BUCKET_ENCRYPTIONS,
    findings=findings,
    compliant=(
        Resource(type="aws:s3/bucket:Bucket", name="inputs", urn="inputs"),
        Resource(
            type="aws:s3/bucketPolicy:BucketPolicy",
            name="inputs",
            props={
                "policy": '{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*",'
                ' "Resource": ["arn:aws:s3:::inputs", "arn:aws:s3:::inputs/*"],'
                ' "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}'
            },
            links={"bucket": ("inputs",)},
        ),
        Resource(
            type="aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
            name="inputs",
            props={"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}}]},
            links={"bucket": ("inputs",)},
        ),
    ),
    violating=(Resource(type="aws:s3/bucket:Bucket", name="inputs"),),
)
