"""Only the named caller may invoke a function."""

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import in_turn, present, text, unknown
from guardrails.rule import Finding, ResourceRule

ARN_COLONS = 5


def findings(permission: Resource, _options: Options) -> Iterator[Finding]:
    """A permission for everybody, or for every resource of a service."""
    yield from in_turn(_anybody(permission), _any_source(permission))


def _anybody(permission: Resource) -> Iterator[Finding]:
    if text(permission.props, "principal") == "*":
        yield Finding(
            observed="lets everybody invoke the function",
            expected="one service or account",
            argument="principal",
        )


def _any_source(permission: Resource) -> Iterator[Finding]:
    if _names_one(permission):
        return
    principal = text(permission.props, "principal")
    if not re.fullmatch(r"\d{12}|arn:[^*]+", principal):
        yield Finding(
            observed=f"lets every resource of {principal or 'its principal'} invoke the function",
            expected="the ARN of the one that calls",
            argument="source_arn",
        )


def _names_one(permission: Resource) -> bool:
    """Whether the source is of one account: one that is not known yet is the ARN of some resource."""
    if unknown(permission.props, "sourceArn"):
        return True
    source = text(permission.props, "sourceArn")
    if source.count(":") < ARN_COLONS:
        return bool(source) and "*" not in source
    *_, account, name = source.split(":", ARN_COLONS)
    anywhere = "*" in account or (not account and name.startswith("*"))
    return not anywhere or present(permission.props, "sourceAccount")


RULE = ResourceRule(
    id="lambda-permission-source",
    title="Named callers",
    description="A Lambda permission must name the source that may invoke, and not everybody.",
    why="Without a source any account can point its own bucket or rule at the function.",
    fix="Set source_arn to the ARN of the rule, topic or bucket, and principal to its service.",
    severity=Severity.HIGH,
    references=("Lambda.1", "CKV_AWS_364", "CKV_AWS_301"),
    topics=("security", "lambda"),
    applies_to=types.FUNCTION_PERMISSIONS,
    findings=findings,
    compliant=(
        Resource(
            type="aws:lambda/permission:Permission",
            name="schedule",
            props={
                "principal": "events.amazonaws.com",
                "sourceArn": "arn:aws:events:eu-central-1:123456789012:rule/every-minute",
            },
        ),
    ),
    violating=(
        Resource(
            type="aws:lambda/permission:Permission",
            name="schedule",
            props={"principal": "events.amazonaws.com"},
        ),
    ),
)
