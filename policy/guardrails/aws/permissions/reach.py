"""How far a statement of an identity policy reaches: to named resources, or to all of a service."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from guardrails.resources.documents import Statement

ARN_PARTS = 6
# Services whose actions work on the resources of another one.
ACTING_ON = {"sts": "iam", "ec2-instance-connect": "ec2", "rds-db": "rds-db"}
# The part of an ARN behind the account that leaves nothing fixed, but for a kind such as key/ or secret:.
ALL_OF_A_KIND = re.compile(r"(?:[A-Za-z][\w-]*[/:])?[*?/:]*\*[*?/:]*")
# In S3 what stands before the slash is no kind but the name of a bucket.
ALL_BUCKETS = re.compile(r"[*?/]*\*[*?/]*")


def on_everything(statement: Statement, service: str) -> bool:
    """Whether a statement holds for all resources of a service, by a star or an ARN that leaves all open."""
    return any(is_everything(resource, service) for resource in statement.resources)


def is_everything(resource: str, service: str) -> bool:
    """Whether a resource of a statement is every resource of the service, or every one of a kind."""
    if not resource.strip("*?"):
        return bool(resource)
    parts = resource.split(":", ARN_PARTS - 1)
    if parts[-1] == "*":
        parts += ["*"] * (ARN_PARTS - len(parts))  # a star reaches over colons
    if len(parts) < ARN_PARTS or not fnmatchcase(ACTING_ON.get(service, service), parts[2].lower()):
        return False
    return bool((ALL_BUCKETS if service == "s3" else ALL_OF_A_KIND).fullmatch(parts[-1]))


def reaches(statement: Statement, action: str) -> bool:
    """Whether a statement allows an action on everything, without a condition that narrows it down."""
    if statement.restricted or statement.not_actions or not statement.grants(action):
        return False
    return on_everything(statement, action.partition(":")[0])
