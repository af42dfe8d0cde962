"""Nobody outside the account reads or runs our documents."""

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import block, items, text
from guardrails.rule import Finding, ResourceRule

# A plain map, whose keys arrive as the program spelled them.
ACCOUNT_KEYS = frozenset({"account_ids", "accountIds"})


def findings(document: Resource, _options: Options) -> Iterator[Finding]:
    """A document that is shared with everybody."""
    permissions = block(document.props, "permissions")
    keys = [key for key in permissions if key in ACCOUNT_KEYS]
    shared = [text(accounts).lower() for key in keys for accounts in items(permissions, key)]
    if any("all" in re.split(r"[\s,]+", accounts) for accounts in shared):
        yield Finding(
            observed="is shared with every account",
            expected="single account ids",
            argument='permissions["account_ids"]',
        )


RULE = ResourceRule(
    id="ssm-document-private",
    title="Private documents",
    description="An SSM document must not be shared publicly.",
    why="The bootstrap document tells where the agent lies and how instances are set up.",
    fix="Remove all from the account ids in permissions.",
    severity=Severity.CRITICAL,
    references=("SSM.4", "CKV_AWS_303"),
    topics=("security", "ssm"),
    applies_to=types.DOCUMENTS,
    findings=findings,
    compliant=(
        Resource(
            type="aws:ssm/document:Document",
            name="bootstrap",
            props={"permissions": {"type": "Share", "account_ids": "123456789012"}},
        ),
    ),
    violating=(
        Resource(
            type="aws:ssm/document:Document",
            name="bootstrap",
            props={"permissions": {"type": "Share", "account_ids": "all"}},
        ),
    ),
)
