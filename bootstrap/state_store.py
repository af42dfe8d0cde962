"""Where Pulumi keeps its state, and the key that encrypts the secrets in it."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws import kms

from bootstrap.names import COMPONENT, Names
from components.parts.buckets import BucketArgs, build_bucket
from components.permissions import Statement, document

KEY_DELETION_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class StateStoreArgs:
    """Whose state it is."""

    names: Names
    protect: bool


class StateStore(pulumi.ComponentResource):
    """Owns the bucket and the key; old versions of a state expire, for a first `up` leaves some 700."""

    def __init__(self, name: str, args: StateStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("clip-it:bootstrap:StateStore", name, None, opts)
        own = args.names.own
        self.bucket = build_bucket(
            name,
            BucketArgs(
                naming=own,
                component=COMPONENT,
                purpose="state",
                keep_days=None,
                protect=args.protect,
                disposable=False,
            ),
            self,
        )
        account = args.names.global_arn("root")
        self.key = kms.Key(
            name,
            description=f"Secrets in the Pulumi state of {own.environment}",
            key_usage="ENCRYPT_DECRYPT",
            enable_key_rotation=True,
            deletion_window_in_days=KEY_DELETION_DAYS,
            # Who may use it is said by the policies of the roles.
            policy=document([Statement(principal={"AWS": account}, actions=["kms:*"], resources=["*"])]),
            tags=args.names.tags(),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        kms.Alias(
            name,
            name=args.names.key_alias,
            target_key_id=self.key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"bucket": self.bucket.name})
