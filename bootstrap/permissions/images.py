"""Pushing and pulling images of the one repository."""

import json
from collections.abc import Sequence

from bootstrap.names import Names
from components.permissions import Statement

PULLING = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:DescribeImages",
    "ecr:GetDownloadUrlForLayer",
)


def _login() -> Statement:
    # The token is the registry's, which is no resource.
    return Statement(actions=["ecr:GetAuthorizationToken"], resources=["*"])


def pushing(names: Names) -> list[Statement]:
    """What the build of an image needs; a tag that exists cannot be moved, and no image can be deleted."""
    return [
        _login(),
        Statement(
            actions=[
                *PULLING,
                "ecr:CompleteLayerUpload",
                "ecr:InitiateLayerUpload",
                "ecr:PutImage",
                "ecr:UploadLayerPart",
            ],
            resources=[names.repository_arn],
        ),
    ]


def pulling(names: Names) -> list[Statement]:
    """What a deployment needs to find the image that it names, and to verify where it was built."""
    return [_login(), Statement(actions=PULLING, resources=[names.repository_arn])]


def pulling_policy(accounts: Sequence[str]) -> str:
    """Who may pull; such a policy names no resource, for it stands at one."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": [f"arn:aws:iam::{account}:root" for account in accounts]},
        "Action": list(PULLING),
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
