"""Buckets clean up after themselves, and finished work can be brought back."""

from collections.abc import Callable, Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.buckets import beside, every, is_output, own
from guardrails.options import Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack
from guardrails.resources.values import Value, all_of, any_of, at, each, flag, in_turn, items, number, text
from guardrails.rule import Finding, StackRule

OPTIONS = (
    Option(
        name="allowForceDestroy",
        default=False,
        description="Whether a bucket may be deleted together with what is in it.",
    ),
    Option(
        name="outputComponents",
        default=["job-store"],
        description="Values of the tag Component of output buckets.",
    ),
    Option(name="outputWords", default=["output"], description="Words in the names of output buckets."),
)


def findings(stack: Stack, options: Options) -> Iterator[Finding]:
    """Uploads that lie about, outputs that can be overwritten, buckets that go with their contents."""
    yield from each(
        stack.of(types.BUCKETS),
        lambda bucket: in_turn(
            _untidy(stack, bucket), _overwritable(stack, bucket, options), _destroyable(bucket, options)
        ),
    )


def _untidy(stack: Stack, bucket: Resource) -> Iterator[Finding]:
    tests: list[Callable[[], bool]] = [
        lambda: any_of(
            own(bucket, "lifecycleRules"), lambda key: any_of(items(bucket.props, key), _aborts_inline)
        ),
        lambda: every(
            beside(stack, bucket, types.BUCKET_LIFECYCLES),
            lambda holder: any_of(items(holder.props, "rules"), _aborts),
        ),
    ]
    if not any_of(tests, lambda test: test()):
        yield Finding(
            observed="keeps unfinished uploads forever",
            expected="an enabled lifecycle rule for the whole bucket with abort_incomplete_multipart_upload",
            argument="rules of an aws.s3.BucketLifecycleConfiguration",
            resource=bucket,
        )


def _aborts(rule: Value) -> bool:
    days = number(rule, "abortIncompleteMultipartUpload", "daysAfterInitiation")
    return text(rule, "status") == "Enabled" and (days or 0) > 0 and _for_all(rule)


def _aborts_inline(rule: Value) -> bool:
    days = number(rule, "abortIncompleteMultipartUploadDays")
    return flag(rule, "enabled") is True and (days or 0) > 0 and _for_all(rule)


def _for_all(rule: Value) -> bool:
    """Whether a rule holds for the whole bucket: neither it nor its filter names some objects."""
    return not any(_names_some(at(rule, key)) for key in ("filter", "prefix", "tags"))


def _names_some(part: Value) -> bool:
    if isinstance(part, dict | list):
        return any(_names_some(each_one) for each_one in (part.values() if isinstance(part, dict) else part))
    return bool(text(part))


def _overwritable(stack: Stack, bucket: Resource, options: Options) -> Iterator[Finding]:
    if all_of(
        lambda: is_output(bucket, options.texts("outputComponents"), options.texts("outputWords")),
        lambda: not _versioned(stack, bucket),
    ):
        yield Finding(
            observed="holds outputs and keeps no versions",
            expected='"Enabled"',
            argument="versioning_configuration.status of an aws.s3.BucketVersioning",
            resource=bucket,
        )


def _versioned(stack: Stack, bucket: Resource) -> bool:
    tests: list[Callable[[], bool]] = [
        lambda: any_of(
            own(bucket, "versioning", "versionings"), lambda key: flag(bucket.props, key, "enabled") is True
        ),
        lambda: every(
            beside(stack, bucket, types.BUCKET_VERSIONINGS),
            lambda found: text(found.props, "versioningConfiguration", "status") == "Enabled",
        ),
    ]
    return any_of(tests, lambda test: test())


def _destroyable(bucket: Resource, options: Options) -> Iterator[Finding]:
    if not options.flag("allowForceDestroy") and flag(bucket.props, "forceDestroy"):
        yield Finding(
            observed="is deleted together with what is in it",
            expected="False",
            argument="force_destroy",
            resource=bucket,
        )


RULE = StackRule(
    id="s3-lifecycle-versioning",
    title="Lifecycle and versions of buckets",
    description="A bucket must abort old uploads; outputs must be versioned and never destroyed by force.",
    why="Unfinished uploads cost money unseen; an overwritten video is gone.",
    fix="Add a lifecycle configuration, versioning on output buckets, and remove force_destroy.",
    severity=Severity.MEDIUM,
    references=("S3.10", "S3.13", "CKV2_AWS_61", "CKV_AWS_300"),
    topics=("data", "cost"),
    judges=types.BUCKETS | types.BUCKET_LIFECYCLES | types.BUCKET_VERSIONINGS,
    options=OPTIONS,
    findings=findings,
    compliant=(
        Resource(type="aws:s3/bucket:Bucket", name="outputs", urn="outputs"),
        Resource(
            type="aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
            name="outputs",
            props={
                "rules": [{"status": "Enabled", "abortIncompleteMultipartUpload": {"daysAfterInitiation": 2}}]
            },
            links={"bucket": ("outputs",)},
        ),
        Resource(
            type="aws:s3/bucketVersioning:BucketVersioning",
            name="outputs",
            props={"versioningConfiguration": {"status": "Enabled"}},
            links={"bucket": ("outputs",)},
        ),
    ),
    violating=(Resource(type="aws:s3/bucket:Bucket", name="outputs", props={"forceDestroy": True}),),
)
