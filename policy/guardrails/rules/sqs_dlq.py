"""A message that nobody can handle leaves the queue, and is kept longer than it waited."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.queues import LINKED, is_dead_letter, redrive, redrives_to, retention
from guardrails.options import Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack, unset
from guardrails.resources.values import each, in_turn, number, present, unknown
from guardrails.rule import Finding, StackRule

OPTIONS = (
    Option(name="minimumReceives", default=1, description="The lowest maxReceiveCount."),
    Option(name="maximumReceives", default=20, description="The highest maxReceiveCount."),
)


def findings(stack: Stack, options: Options) -> Iterator[Finding]:
    """Each queue that keeps its poison, gives up too soon or too late, or whose dead letters expire first."""
    yield from each(stack.of(types.QUEUES), lambda queue: _of(stack, queue, options))


def _of(stack: Stack, queue: Resource, options: Options) -> Iterator[Finding]:
    holders = [queue, *stack.referring(types.REDRIVE_POLICIES, queue, "queueUrl")]
    holders = [holder for holder in holders if _has_redrive(holder)]
    if holders:
        yield from each(
            holders, lambda holder: in_turn(_count(queue, holder, options), _kept(stack, queue, holder))
        )
    elif not is_dead_letter(stack, queue):
        yield Finding(
            observed="has no dead-letter queue",
            expected="a redrive policy with deadLetterTargetArn and maxReceiveCount",
            argument="redrive_policy",
            resource=queue,
        )


def _has_redrive(holder: Resource) -> bool:
    if unset(holder, "redrivePolicy"):
        return False
    if unknown(holder.props, "redrivePolicy") or "redrivePolicy" not in holder.props:
        return True
    return present(redrive(holder) or {}, "deadLetterTargetArn")


def _count(queue: Resource, holder: Resource, options: Options) -> Iterator[Finding]:
    if unknown(holder.props, "redrivePolicy") or "redrivePolicy" not in holder.props:
        return  # the text is known only to the deployment; that it is there has been seen
    receives = number(redrive(holder) or {}, "maxReceiveCount")
    low, high = options.number("minimumReceives"), options.number("maximumReceives")
    if receives is None or not low <= receives <= high:
        yield Finding(
            observed="states no maxReceiveCount"
            if receives is None
            else f"gives up after {receives:g} attempts",
            expected=f"{low:g} to {high:g}",
            argument='redrive_policy["maxReceiveCount"]',
            resource=queue,
        )


def _kept(stack: Stack, queue: Resource, holder: Resource) -> Iterator[Finding]:
    for target in stack.of(types.QUEUES):
        if target is not queue and redrives_to(holder, target) and retention(target) <= retention(queue):
            yield Finding(
                observed=f"{target.name} keeps its dead letters no longer than {retention(queue):g} s",
                expected=(
                    "a longer retention on the dead-letter queue, as a message's age counts from the start"
                ),
                argument="message_retention_seconds",
                resource=queue,
            )


RULE = StackRule(
    id="sqs-dlq",
    title="Dead-letter queues",
    description="A queue must have a dead-letter queue that keeps messages longer than it does itself.",
    why="A poisoned message otherwise comes back forever; a dead letter that expires first was never seen.",
    fix="Set redrive_policy, and message_retention_seconds of the dead-letter queue to 1209600.",
    severity=Severity.HIGH,
    references=("SQS3",),
    topics=("availability", "queues"),
    judges=LINKED,
    options=OPTIONS,
    findings=findings,
    compliant=(
        Resource(
            type="aws:sqs/queue:Queue",
            name="renders",
            urn="renders",
            props={
                "redrivePolicy": '{"deadLetterTargetArn": "arn:aws:sqs:eu:1:dead", "maxReceiveCount": 5}',
                "messageRetentionSeconds": 345600,
            },
            links={"redrivePolicy": ("dead",)},
        ),
        Resource(
            type="aws:sqs/queue:Queue",
            name="dead",
            urn="dead",
            props={"name": "dead", "messageRetentionSeconds": 1209600},
        ),
    ),
    violating=(Resource(type="aws:sqs/queue:Queue", name="renders"),),
)
