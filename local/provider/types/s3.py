"""S3 buckets."""

import re
from collections.abc import Iterator

from local.provider.types.aws import Aws, RefusedError
from local.provider.types.props import Props
from local.provider.types.resource import (
    Change,
    CheckFailure,
    Created,
    Existing,
    Outputs,
    ResourceType,
    Types,
    tag_list,
    tag_mapping,
)

NAME = re.compile(r"[a-z0-9][a-z0-9.-]+[a-z0-9]")
DELETIONS_PER_CALL = 1000  # the API's limit for delete_objects
WEBSITE_ZONES = {
    "us-east-1": "Z3AQBSTGFYJSTF",
    "eu-west-1": "Z1BKCTXD74EZPE",
    "eu-central-1": "Z21DNDUVLTQW6Q",
}


def _create(aws: Aws, new: Props) -> Created:
    name = new.text("bucket")
    location = None if aws.region == "us-east-1" else {"LocationConstraint": aws.region}
    locked = new.maybe_flag("objectLockEnabled")
    aws.call(
        "s3",
        "create_bucket",
        Bucket=name,
        CreateBucketConfiguration=location,
        ObjectLockEnabledForBucket=locked,
    )
    _set_tags(aws, name, new)
    return Created(id=name)


def _set_tags(aws: Aws, name: str, inputs: Props) -> None:
    tags = tag_list(inputs.mapping("tags"))
    if tags:
        aws.call("s3", "put_bucket_tagging", Bucket=name, Tagging={"TagSet": tags})
    else:
        aws.call("s3", "delete_bucket_tagging", Bucket=name)


def _read(aws: Aws, it: Existing) -> Outputs | None:
    aws.call("s3", "head_bucket", Bucket=it.id)
    return {
        "bucket": it.id,
        "arn": f"arn:aws:s3:::{it.id}",
        "bucketDomainName": f"{it.id}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{it.id}.s3.{aws.region}.amazonaws.com",
        "bucketRegion": aws.region,
        "hostedZoneId": WEBSITE_ZONES.get(aws.region, ""),
        "tags": _tags(aws, it.id),
    }


def _tags(aws: Aws, name: str) -> dict[str, str]:
    try:
        return tag_mapping(aws.call("s3", "get_bucket_tagging", Bucket=name).blocks("TagSet"))
    except RefusedError as refused:
        if refused.code == "NoSuchTagSet":
            return {}
        raise


def _update(aws: Aws, it: Existing, change: Change) -> None:
    if change.touches("tags"):
        _set_tags(aws, it.id, change.inputs)


def _delete(aws: Aws, it: Existing) -> None:
    if it.state.flag("forceDestroy"):
        _empty(aws, it.id)
    aws.call("s3", "delete_bucket", Bucket=it.id)


def _empty(aws: Aws, name: str) -> None:
    for kind in ("Versions", "DeleteMarkers"):
        found = aws.pages("s3", "list_object_versions", kind, Bucket=name)
        doomed = [{"Key": item.text("Key"), "VersionId": item.text("VersionId")} for item in found]
        for start in range(0, len(doomed), DELETIONS_PER_CALL):
            some = doomed[start : start + DELETIONS_PER_CALL]
            aws.call("s3", "delete_objects", Bucket=name, Delete={"Objects": some, "Quiet": True})


def _well_named(inputs: Props) -> Iterator[CheckFailure]:
    name = inputs.maybe_text("bucket")
    if name is not None and (not NAME.fullmatch(name) or ".." in name):
        reason = f"{name!r} is no bucket name; use 3 or more lower-case letters, digits, hyphens, single dots"
        yield CheckFailure(property="bucket", reason=reason)


TYPES: Types = {
    "aws:s3/bucket:Bucket": ResourceType(
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        replace_on=frozenset({"bucket", "bucketPrefix", "objectLockEnabled"}),
        checks=(_well_named,),
        autoname="bucket",
        name_limit=63,
    ),
}
