"""Only the named caller may invoke a function."""

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails import types
from guardrails.options import Options
from guardrails.rule import Finding, Resource, ResourceRule
from guardrails.values import in_turn, present, text, unknown


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
    stated = present(permission.props, "sourceArn")
    if stated and (unknown(permission.props, "sourceArn") or text(permission.props, "sourceArn") != "*"):
        return
    principal = text(permission.props, "principal")
    if not re.fullmatch(r"\d{12}|arn:[^*]+", principal):
        yield Finding(
            observed=f"lets every resource of {principal or 'its principal'} invoke the function",
            expected="the ARN of the one that calls",
            argument="source_arn",
        )


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
