"""Messages are encrypted where they wait."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block, flag, present
from guardrails.rule import Finding, ResourceRule


def findings(queue: Resource, _options: Options) -> Iterator[Finding]:
    """A queue whose encryption is switched off; left alone, AWS encrypts each new queue with its own key."""
    if not present(queue.props, "kmsMasterKeyId") and flag(queue.props, "sqsManagedSseEnabled") is False:
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
    fix="Leave sqs_managed_sse_enabled out or set it to True, or set kms_master_key_id.",
    severity=Severity.MEDIUM,
    references=("SQS.1",),
    topics=("security", "encryption", "queues"),
    applies_to=types.QUEUES,
    findings=findings,
    remedy=remedy,
    compliant=(Resource(type="aws:sqs/queue:Queue", name="renders", props={"sqsManagedSseEnabled": True}),),
    violating=(Resource(type="aws:sqs/queue:Queue", name="renders", props={"sqsManagedSseEnabled": False}),),
)
