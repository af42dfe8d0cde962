"""Bucket policies: moto reads no conditions, so a statement "not without TLS" would forbid everything."""

import json
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket


def _permission(bucket: FakeBucket, action: str, resource: str) -> Any:
    """What the statements without conditions say; this machine's traffic counts as protected."""
    document = json.loads(bucket.policy.decode()) if bucket.policy else {}
    statements = [each for each in document.get("Statement", []) if "Condition" not in each]
    if not statements:
        return PermissionResult.NEUTRAL
    policy = IAMPolicy(json.dumps({**document, "Statement": statements}))
    return policy.is_action_permitted(action, resource)


def install() -> None:
    """Replace moto's judgement."""
    FakeBucket.get_permission = _permission
