"""The table survives mistakes, and never runs out of capacity that nobody planned."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Option, Options
from guardrails.resources.ignored import ignores
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block, block, flag, in_turn, text
from guardrails.rule import Finding, ResourceRule

OWNED = ("readCapacity", "writeCapacity")


OPTIONS = (
    Option(
        name="deletionProtection",
        default=True,
        description="Whether deletion protection is demanded; not where a stack is thrown away each day.",
    ),
    Option(
        name="kmsKey",
        default=False,
        description="Whether a KMS key of the account is demanded, in place of the key of AWS.",
    ),
)


def findings(table: Resource, options: Options) -> Iterator[Finding]:
    """Each way in which the jobs could be lost or held up."""
    recovery = ("pointInTimeRecovery", "enabled")
    yield from in_turn(
        _off(table, recovery, "cannot be restored to a point in time", "point_in_time_recovery"),
        _foreign_key(table) if options.flag("kmsKey") else (),
        _deletable(table) if options.flag("deletionProtection") else (),
        _capacity(table),
    )


def _foreign_key(table: Resource) -> Iterator[Finding]:
    # Without it AWS encrypts the table with a key of its own, whose use nobody here can see or end.
    observed = "is encrypted with a key that is not the account's"
    yield from _off(table, ("serverSideEncryption", "enabled"), observed, "server_side_encryption")


def _deletable(table: Resource) -> Iterator[Finding]:
    key, argument = "deletionProtectionEnabled", "deletion_protection_enabled"
    yield from _off(table, (key,), "may be deleted by a single call", argument)


def _off(table: Resource, path: tuple[str, ...], observed: str, argument: str) -> Iterator[Finding]:
    if flag(table.props, *path) is not True:
        suffix = ".enabled" if len(path) > 1 else ""
        yield Finding(observed=observed, expected="True", argument=f"{argument}{suffix}")


def _capacity(table: Resource) -> Iterator[Finding]:
    if text(table.props, "billingMode") == "PAY_PER_REQUEST" or all(ignores(table, key) for key in OWNED):
        return
    yield Finding(
        observed="has a fixed capacity",
        expected='"PAY_PER_REQUEST", or capacities that autoscaling owns and ignore_changes names',
        argument="billing_mode",
    )


def remedy(table: Resource, options: Options) -> Block | None:
    """Recovery, protection and encryption on; the billing mode is left to people."""
    patch: Block = {}
    for key in ("pointInTimeRecovery", *(["serverSideEncryption"] if options.flag("kmsKey") else [])):
        if flag(table.props, key, "enabled") is not True:
            patch[key] = {**block(table.props, key), "enabled": True}
    if options.flag("deletionProtection") and any(_deletable(table)):
        patch["deletionProtectionEnabled"] = True
    return patch


RULE = ResourceRule(
    id="dynamodb-durable",
    title="Durable tables",
    description="A table must have recovery, deletion protection and capacity on demand.",
    why="The table is the only record of customers' jobs.",
    fix="Enable point_in_time_recovery, deletion_protection_enabled and PAY_PER_REQUEST.",
    severity=Severity.HIGH,
    references=("DynamoDB.1", "DynamoDB.2", "DynamoDB.6", "CKV_AWS_28", "DDB3"),
    topics=("data", "encryption"),
    applies_to=types.TABLES,
    options=OPTIONS,
    findings=findings,
    remedy=remedy,
    compliant=(
        Resource(
            type="aws:dynamodb/table:Table",
            name="jobs",
            props={
                "pointInTimeRecovery": {"enabled": True},
                "deletionProtectionEnabled": True,
                "serverSideEncryption": {"enabled": True},
                "billingMode": "PAY_PER_REQUEST",
            },
        ),
    ),
    violating=(
        Resource(type="aws:dynamodb/table:Table", name="jobs", props={"billingMode": "PAY_PER_REQUEST"}),
    ),
)
