"""Reading and writing the Pulumi state of an environment."""

from bootstrap.names import Names
from components.permissions import Statement

FILES = ".pulumi/*"


def reading(names: Names) -> list[Statement]:
    """What a preview needs: the state, and its secrets if they are those of this environment's stack."""
    bucket = names.state_bucket
    return [
        Statement(actions=["s3:ListBucket"], resources=[names.own.bucket_arn(bucket)]),
        Statement(actions=["s3:GetObject"], resources=[names.own.bucket_arn(bucket, FILES)]),
        Statement(
            actions=["kms:Decrypt"],
            resources=[names.own.arn("kms", "key/*")],
            conditions={
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": names.key_alias},
                "StringEquals": {"kms:EncryptionContext:stack": names.own.environment},
            },
        ),
    ]


def writing(names: Names) -> list[Statement]:
    """What an update needs beside that: checkpoints, their copies, the lock and the history."""
    return [
        Statement(
            actions=["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"],
            resources=[names.own.bucket_arn(names.state_bucket, FILES)],
        )
    ]
