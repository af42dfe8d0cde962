"""The image repository of all environments: what one of them has tried is what the next one runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ecr

from bootstrap.names import REPOSITORY, Names
from bootstrap.permissions.images import pulling_policy

KEPT_IMAGES = 100


@dataclass(frozen=True, kw_only=True)
class ImageStoreArgs:
    """Which accounts pull."""

    names: Names
    pulled_by: Sequence[str]
    protect: bool


class ImageStore(pulumi.ComponentResource):
    """Owns the repository, its expiry, and who may pull; who may push is said by a role."""

    def __init__(self, name: str, args: ImageStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("clip-it:bootstrap:ImageStore", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        self.repository = ecr.Repository(
            name,
            name=REPOSITORY,
            force_delete=False,
            # A tag says which sources an image was built from, and never names another image.
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            encryption_configurations=[ecr.RepositoryEncryptionConfigurationArgs(encryption_type="AES256")],
            tags=args.names.tags(),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        # A repository has one expiry policy, and another text replaces it: made first, it would go with
        # the old one.
        ecr.LifecyclePolicy(
            name,
            repository=self.repository.name,
            policy=json.dumps({"rules": [_expiry()]}),
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        ecr.RepositoryPolicy(
            name, repository=self.repository.name, policy=pulling_policy(args.pulled_by), opts=inside
        )
        self.register_outputs({"repository_url": self.repository.repository_url})


def _expiry() -> dict[str, object]:
    return {
        "rulePriority": 1,
        "description": f"Keep the newest {KEPT_IMAGES} images",
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": KEPT_IMAGES},
        "action": {"type": "expire"},
    }
