"""Conditions of bucket policies: moto takes a condition it does not know for one that is met.

A statement that denies whatever comes without TLS would so deny everything. Calls on this machine count as
calls over TLS; every other condition keeps moto's answer.
"""

import json
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket


def install() -> None:
    """Judge buckets without the statements that cannot apply here."""
    FakeBucket.get_permission = _permission


def _permission(bucket: Any, action: str, resource: str) -> Any:
    if bucket.policy is None:
        return PermissionResult.NEUTRAL
    document = json.loads(bucket.policy)
    statements = [one for one in document["Statement"] if not _needs_plain_http(one)]
    if not statements:
        return PermissionResult.NEUTRAL
    policy = IAMPolicy(json.dumps({**document, "Statement": statements}))
    return policy.is_action_permitted(action, resource)


def _needs_plain_http(statement: dict[str, Any]) -> bool:
    condition = statement.get("Condition") or {}
    return str(condition.get("Bool", {}).get("aws:SecureTransport", "")).lower() == "false"
