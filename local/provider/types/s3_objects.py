"""S3 objects whose content comes from the program: an asset, an archive, or text."""

import base64
import hashlib
from collections.abc import Iterator

from local.provider.types.aws import Aws
from local.provider.types.checks import required
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
from local.provider.values import Archive

CONTENTS = ("source", "content", "contentBase64")
HEADERS = {
    "cacheControl": "CacheControl",
    "contentDisposition": "ContentDisposition",
    "contentEncoding": "ContentEncoding",
    "contentLanguage": "ContentLanguage",
    "contentType": "ContentType",
    "serverSideEncryption": "ServerSideEncryption",
    "kmsKeyId": "SSEKMSKeyId",
    "storageClass": "StorageClass",
}


def _content(new: Props) -> bytes:
    file = new.file("source")
    if file is not None:
        return file.zip() if isinstance(file, Archive) else file.read()
    if new.has("contentBase64"):
        return base64.b64decode(new.text("contentBase64"))
    return (new.maybe_text("content") or "").encode()


def _put(aws: Aws, new: Props) -> Created:
    bucket, key = new.text("bucket"), new.text("key")
    aws.call(
        "s3",
        "put_object",
        Bucket=bucket,
        Key=key,
        Body=_content(new),
        Metadata=new.mapping("metadata") or None,
        **{theirs: new.maybe_text(ours) for ours, theirs in HEADERS.items()},
    )
    if tags := tag_list(new.mapping("tags")):
        aws.call("s3", "put_object_tagging", Bucket=bucket, Key=key, Tagging={"TagSet": tags})
    return Created(id=f"{bucket}/{key}")


def _read(aws: Aws, it: Existing) -> Outputs | None:
    bucket, key = it.id.split("/", 1)
    head = aws.call("s3", "head_object", Bucket=bucket, Key=key)
    tags = aws.call("s3", "get_object_tagging", Bucket=bucket, Key=key).blocks("TagSet")
    etag = head.text("ETag").strip('"')
    return {
        "bucket": bucket,
        "key": key,
        "arn": f"arn:aws:s3:::{it.id}",
        "etag": etag,
        "versionId": head.maybe_text("VersionId") or "",
        "tags": tag_mapping(tags),
        **{ours: head.maybe_text(theirs) for ours, theirs in HEADERS.items() if head.has(theirs)},
        **_replaced_content(it.state, etag),
    }


def _replaced_content(state: Props, etag: str) -> Outputs:
    """Other content than the program's counts as none, so that the next update puts the program's back."""
    if etag in {state.maybe_text("etag"), _etag(state)}:
        return {}
    return {name: None for name in CONTENTS if state.has(name)}


def _etag(state: Props) -> str | None:
    try:
        return hashlib.md5(_content(state), usedforsecurity=False).hexdigest()
    except OSError:  # the file that was uploaded is no longer where it was
        return None


def _update(aws: Aws, _it: Existing, change: Change) -> None:
    _put(aws, change.inputs)


def _delete(aws: Aws, it: Existing) -> None:
    bucket, key = it.id.split("/", 1)
    aws.call("s3", "delete_object", Bucket=bucket, Key=key)


def _one_content(inputs: Props) -> Iterator[CheckFailure]:
    given = [name for name in CONTENTS if inputs.has(name)]
    if len(given) > 1:
        reason = f"give at most one of {', '.join(CONTENTS)}; given: {', '.join(given)}"
        yield CheckFailure(property=given[1], reason=reason)


TYPES: Types = {
    "aws:s3/bucketObjectv2:BucketObjectv2": ResourceType(
        create=_put,
        read=_read,
        update=_update,
        delete=_delete,
        checks=(required("bucket"), _one_content),
        autoname="key",
        name_limit=1024,
        changing=frozenset({"etag", "versionId"}),
    )
}
