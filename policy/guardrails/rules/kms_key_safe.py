"""Keys are renewed, are not gone in a week, and are not everybody's."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Option, Options
from guardrails.resources.documents import statements_at
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block, all_of, flag, in_turn, number, present, text
from guardrails.rule import Finding, ResourceRule

OPTIONS = (
    Option(
        name="minimumDays", default=14, description="The shortest time between deletion and end of a key."
    ),
)
DEFAULT_DAYS = 30.0
SYMMETRIC = frozenset({"", "SYMMETRIC_DEFAULT"})


def findings(key: Resource, options: Options) -> Iterator[Finding]:
    """No rotation, too short a window, or a policy for everybody."""
    if key.type in types.KEYS:
        yield from in_turn(_static(key), _hasty(key, options), _open(key))
    elif key.type in types.SECONDARY_KEYS:
        yield from in_turn(_hasty(key, options), _open(key))
    else:
        yield from _open(key)


def _static(key: Resource) -> Iterator[Finding]:
    if all_of(lambda: flag(key.props, "enableKeyRotation") is not True, lambda: _rotates(key)):
        yield Finding(observed="is never rotated", expected="True", argument="enable_key_rotation")


def _rotates(key: Resource) -> bool:
    if text(key.props, "customerMasterKeySpec") not in SYMMETRIC or present(key.props, "customKeyStoreId"):
        return False
    return text(key.props, "keyUsage") in {"", "ENCRYPT_DECRYPT"}


def _hasty(key: Resource, options: Options) -> Iterator[Finding]:
    days = number(key.props, "deletionWindowInDays")
    days = DEFAULT_DAYS if days is None else days
    if days < options.number("minimumDays"):
        yield Finding(
            observed=f"is gone {days:g} days after its deletion",
            expected=f"at least {options.number('minimumDays'):g} days",
            argument="deletion_window_in_days",
        )


def _open(key: Resource) -> Iterator[Finding]:
    found = statements_at(key.props, "policy") or []
    if any(each_one.allows and each_one.to_anybody and not each_one.restricted for each_one in found):
        yield Finding(
            observed="lets everybody use the key",
            expected="named principals, or a condition such as kms:CallerAccount",
            argument="policy",
        )


def remedy(key: Resource, options: Options) -> Block | None:
    """Rotation on and the window at its least; policies are left to people."""
    patch: Block = {}
    if key.type in types.KEYS and any(_static(key)):
        patch["enableKeyRotation"] = True
    if key.type not in types.KEY_POLICIES and any(_hasty(key, options)):
        patch["deletionWindowInDays"] = options.number("minimumDays")
    return patch


RULE = ResourceRule(
    id="kms-key-safe",
    title="Safe keys",
    description=(
        "A KMS key must rotate, have a sensible deletion window and a policy that names who may use it."
    ),
    why="With the key go all videos that it encrypted; with an open policy go their secrets.",
    fix="Set enable_key_rotation and deletion_window_in_days, and name principals in the policy.",
    severity=Severity.HIGH,
    references=("KMS.4", "KMS.5", "CKV_AWS_7", "CKV_AWS_33", "KMS5"),
    topics=("security", "encryption"),
    applies_to=types.KEYS | types.SECONDARY_KEYS | types.KEY_POLICIES,
    options=OPTIONS,
    findings=findings,
    remedy=remedy,
    compliant=(
        Resource(
            type="aws:kms/key:Key",
            name="store",
            props={"enableKeyRotation": True, "deletionWindowInDays": 30},
        ),
    ),
    violating=(
        Resource(
            type="aws:kms/key:Key",
            name="store",
            props={"enableKeyRotation": False, "deletionWindowInDays": 7},
        ),
    ),
)
