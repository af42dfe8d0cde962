"""Somebody hears when a message is given up."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.alarms import watches
from guardrails.aws.queues import LINKED, is_dead_letter
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack
from guardrails.resources.values import any_of, each
from guardrails.rule import Finding, StackRule

DIMENSION = "QueueName"
METRIC = "ApproximateNumberOfMessagesVisible"


def findings(stack: Stack, _options: Options) -> Iterator[Finding]:
    """Each dead-letter queue without an alarm on its visible messages."""
    yield from each(stack.of(types.QUEUES), lambda queue: _unwatched(stack, queue))


def _unwatched(stack: Stack, queue: Resource) -> Iterator[Finding]:
    if not is_dead_letter(stack, queue):
        return
    if not any_of(stack.of(types.METRIC_ALARMS), lambda alarm: watches(alarm, METRIC, DIMENSION, queue)):
        yield Finding(
            observed=f"is a dead-letter queue without an alarm on {METRIC}",
            expected="an aws.cloudwatch.MetricAlarm with its dimension",
            argument="dimensions of an aws.cloudwatch.MetricAlarm",
            resource=queue,
        )


RULE = StackRule(
    id="alarm-dead-letter",
    title="Alarm on dead letters",
    description="Every dead-letter queue must have an alarm on its visible messages.",
    why="A dead letter is a customer's render that nothing will try again.",
    fix="Add a MetricAlarm on ApproximateNumberOfMessagesVisible with the queue's name as dimension.",
    severity=Severity.MEDIUM,
    topics=("observability", "queues"),
    judges=types.METRIC_ALARMS | LINKED,
    findings=findings,
    compliant=(
        Resource(
            type="aws:sqs/queue:Queue", name="renders-dlq", urn="renders-dlq", props={"name": "renders-dlq"}
        ),
        Resource(
            type="aws:cloudwatch/metricAlarm:MetricAlarm",
            name="dead-letters",
            props={
                "metricName": "ApproximateNumberOfMessagesVisible",
                "dimensions": {"QueueName": "renders-dlq"},
            },
        ),
    ),
    violating=(Resource(type="aws:sqs/queue:Queue", name="renders-dlq", props={"name": "renders-dlq"}),),
)
