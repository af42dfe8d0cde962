"""Nobody outside reads or writes a bucket."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.buckets import beside, every
from guardrails.options import Options
from guardrails.resources.documents import statements_at
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack, without_unset
from guardrails.resources.values import any_of, each, flag, in_turn, items, text
from guardrails.rule import Finding, StackRule

SWITCHES = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
PUBLIC_ACLS = frozenset({"public-read", "public-read-write", "authenticated-read", "website"})
PUBLIC_GROUPS = ("/global/AllUsers", "/global/AuthenticatedUsers")


def findings(stack: Stack, _options: Options) -> Iterator[Finding]:
    """Each bucket with a way in."""
    checks = (_unblocked, _owned_by_writers, _public_acl, _public_policy)
    yield from each(
        stack.of(types.BUCKETS), lambda bucket: in_turn(*(check(stack, bucket) for check in checks))
    )


def _unblocked(stack: Stack, bucket: Resource) -> Iterator[Finding]:
    blocks = beside(stack, bucket, types.PUBLIC_ACCESS_BLOCKS)
    if not every(blocks, lambda found: all(flag(found.props, switch) is True for switch in SWITCHES)):
        yield Finding(
            observed="does not block all public access",
            expected="an aws.s3.BucketPublicAccessBlock with all four switches",
            argument="block_public_acls, block_public_policy, ignore_public_acls, restrict_public_buckets",
            resource=bucket,
        )


def _owned_by_writers(stack: Stack, bucket: Resource) -> Iterator[Finding]:
    controls = beside(stack, bucket, types.OWNERSHIP_CONTROLS)
    if not every(
        controls, lambda found: text(found.props, "rule", "objectOwnership") == "BucketOwnerEnforced"
    ):
        yield Finding(
            observed="lets writers own objects and set ACLs",
            expected="an aws.s3.BucketOwnershipControls with BucketOwnerEnforced",
            argument="rule.object_ownership",
            resource=bucket,
        )


def _public_acl(stack: Stack, bucket: Resource) -> Iterator[Finding]:
    holders = beside(stack, bucket, types.BUCKET_ACLS)
    settled = [without_unset(holder, "acl", "grants", "accessControlPolicy") for holder in (bucket, *holders)]
    if any_of(settled, _opens):
        yield Finding(observed="has a public ACL", expected="no ACL", argument="acl", resource=bucket)


def _opens(holder: Resource) -> bool:
    if text(holder.props, "acl") in PUBLIC_ACLS:
        return True
    grants = items(holder.props, "accessControlPolicy", "grants")
    uris = [text(grant, "grantee", "uri") for grant in grants]
    uris += [text(grant, "uri") for grant in items(holder.props, "grants")]
    return any(uri.endswith(PUBLIC_GROUPS) for uri in uris)


def _public_policy(stack: Stack, bucket: Resource) -> Iterator[Finding]:
    holders = beside(stack, bucket, types.BUCKET_POLICIES)
    if any_of([without_unset(bucket, "policy"), *holders], _admits_anybody):
        yield Finding(
            observed="has a policy that lets everybody in",
            expected="named principals, or a condition on who calls",
            argument="policy",
            resource=bucket,
        )


def _admits_anybody(holder: Resource) -> bool:
    found = statements_at(holder.props, "policy") or []
    return any(each_one.allows and each_one.to_anybody and not each_one.restricted for each_one in found)


RULE = StackRule(
    id="s3-private",
    title="Private buckets",
    description="A bucket must block public access, enforce ownership, and have no public ACL or policy.",
    why="Customers' footage has been found in open buckets of other companies, more than once.",
    fix=(
        "Add a public access block with all four switches and ownership controls; name principals in "
        "policies."
    ),
    severity=Severity.CRITICAL,
    references=("S3.2", "S3.3", "S3.8", "S3.12", "CKV2_AWS_6", "CKV2_AWS_65", "S2"),
    topics=("security", "data"),
    judges=types.BUCKETS
    | types.PUBLIC_ACCESS_BLOCKS
    | types.OWNERSHIP_CONTROLS
    | types.BUCKET_ACLS
    | types.BUCKET_POLICIES,
    findings=findings,
    compliant=(
        Resource(type="aws:s3/bucket:Bucket", name="inputs", urn="inputs"),
        Resource(
            type="aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
            name="inputs",
            props=dict.fromkeys(SWITCHES, True),
            links={"bucket": ("inputs",)},
        ),
        Resource(
            type="aws:s3/bucketOwnershipControls:BucketOwnershipControls",
            name="inputs",
            props={"rule": {"objectOwnership": "BucketOwnerEnforced"}},
            links={"bucket": ("inputs",)},
        ),
    ),
    violating=(
        Resource(type="aws:s3/bucket:Bucket", name="inputs", urn="inputs"),
        Resource(
            type="aws:s3/bucketAcl:BucketAcl",
            name="inputs",
            props={"acl": "public-read"},
            links={"bucket": ("inputs",)},
        ),
    ),
)
