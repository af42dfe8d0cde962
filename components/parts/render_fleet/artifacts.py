"""Puts what instances install into the artifacts bucket, each under its checksum."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws import s3

from components.bundles import Bundle
from components.naming import Naming
from components.naming.store_names import StoreNames

COMPONENT = "render-fleet"


@dataclass(frozen=True, kw_only=True)
class StoredBundle:
    """A bundle in the bucket: where instances fetch it, and the checksum that it must have."""

    address: pulumi.Output[str]
    sha256: str


@dataclass(frozen=True, kw_only=True)
class ArtifactArgs:
    """A bundle, its folder in the bucket, and the bucket."""

    naming: Naming
    bucket: pulumi.Input[str]
    folder: str
    bundle: Bundle


def store_bundle(name: str, args: ArtifactArgs, parent: pulumi.Resource) -> StoredBundle:
    """Build the object; its address is one that `aws:downloadContent` takes."""
    stored = s3.BucketObjectv2(
        name,
        bucket=args.bucket,
        key=f"{args.folder}/{args.bundle.sha256}.zip",
        source=pulumi.FileAsset(args.bundle.path),
        content_type="application/zip",
        tags=args.naming.tags(COMPONENT),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    bucket = f"https://s3.{args.naming.region}.amazonaws.com/{StoreNames.of(args.naming).artifacts}/"
    return StoredBundle(address=pulumi.Output.concat(bucket, stored.key), sha256=args.bundle.sha256)
