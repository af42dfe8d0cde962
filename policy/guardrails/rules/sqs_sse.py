"""Messages are encrypted where they wait."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block, flag, present
from guardrails.rule import Finding, ResourceRule


def findings(queue: Resource, _options: Options) -> Iterator[Finding]:
    """A queue with neither kind of encryption."""
    if present(queue.props, "kmsMasterKeyId") or flag(queue.props, "sqsManagedSseEnabled"):
        return
    yield Finding(
        observed="keeps messages unencrypted",
        expected="sqs_managed_sse_enabled=True, or a KMS key",
        argument="sqs_managed_sse_enabled",
    )


def remedy(queue: Resource, options: Options) -> Block | None:
    """Encryption by the service itself."""
    return {"sqsManagedSseEnabled": True} if any(findings(queue, options)) else None


RULE = ResourceRule(
    id="sqs-sse",
    title="Encrypted queues",
    description="A queue must encrypt its messages.",
    why="Messages name customers and their jobs.",
    fix="Set sqs_managed_sse_enabled to True, or kms_master_key_id.",
    severity=Severity.MEDIUM,
    references=("SQS.1",),
    topics=("security", "encryption", "queues"),
    applies_to=types.QUEUES,
    findings=findings,
    remedy=remedy,
    compliant=(Resource(type="aws:sqs/queue:Queue", name="renders", props={"sqsManagedSseEnabled": True}),),
    violating=(Resource(type="aws:sqs/queue:Queue", name="renders", props={"sqsManagedSseEnabled": False}),),
)
