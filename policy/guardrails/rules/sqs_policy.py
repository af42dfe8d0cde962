"""Only known callers use a queue, and only over TLS."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.documents import Statement, demands_tls, statements_at
from guardrails.resources.resource import Resource
from guardrails.resources.values import present
from guardrails.rule import Finding, ResourceRule

STARS = frozenset({"*", "sqs:*"})


def findings(holder: Resource, _options: Options) -> Iterator[Finding]:
    """Each permission for everybody or everything, and plain connections."""
    if not present(holder.props, "policy"):
        return
    found = statements_at(holder.props, "policy")
    if found is None:
        yield Finding(observed="has a policy that is no policy document", expected="one", argument="policy")
        return
    yield from (finding for statement in found if statement.allows for finding in _open(statement))
    if not demands_tls(found, "sqs"):
        yield Finding(
            observed="has a policy that lets callers in without TLS",
            expected="a statement that denies sqs:* to everybody where aws:SecureTransport is false",
            argument="policy",
        )


def _open(statement: Statement) -> Iterator[Finding]:
    if statement.to_anybody:
        yield Finding(observed="lets everybody use the queue", expected="named principals", argument="policy")
    if STARS & set(statement.actions) or statement.not_actions:
        yield Finding(
            observed="allows every action on the queue", expected="named actions", argument="policy"
        )


RULE = ResourceRule(
    id="sqs-policy",
    title="Queue policies",
    description="A queue's policy must demand TLS and allow neither everybody nor every action.",
    why="Whoever may send to the queue may start renders; whoever may receive takes customers' jobs away.",
    fix="Name principals and actions, and deny requests where aws:SecureTransport is false.",
    severity=Severity.HIGH,
    references=("SQS.3", "CKV_AWS_72", "CKV_AWS_168", "CKV_AWS_387"),
    topics=("security", "queues"),
    applies_to=types.QUEUES | types.QUEUE_POLICIES,
    findings=findings,
    compliant=(
        Resource(
            type="aws:sqs/queuePolicy:QueuePolicy",
            name="renders",
            props={
                "policy": '{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sqs:*",'
                ' "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}'
            },
        ),
    ),
    violating=(
        Resource(
            type="aws:sqs/queuePolicy:QueuePolicy",
            name="renders",
            props={
                "policy": '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage",'
                ' "Resource": "*"}]}'
            },
        ),
    ),
)
