"""What a function could not handle is kept."""

from collections.abc import Callable, Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.callers import CALLERS, is_handed_events, is_waited_for
from guardrails.aws.functions import sources
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack, without_unset
from guardrails.resources.values import any_of, each, in_turn, present
from guardrails.rule import Finding, StackRule


def findings(stack: Stack, _options: Options) -> Iterator[Finding]:
    """Each function that drops events which it could not handle and of which nobody else knows."""
    yield from each(
        stack.of(types.FUNCTIONS), lambda function: in_turn(_handed(stack, function), _fed(stack, function))
    )


def _handed(stack: Stack, function: Resource) -> Iterator[Finding]:
    """Of a function that others hand events; one without any caller in the stack counts as that."""
    keeps: tuple[Callable[[Resource], bool], ...] = (_own_queue, lambda it: _destination(stack, it))
    if any_of(keeps, lambda test: test(function)):
        return
    if is_handed_events(stack, function) or not _called_otherwise(stack, function):
        yield _finding(function, "a dead-letter queue or an on-failure destination", "dead_letter_config")


def _called_otherwise(stack: Stack, function: Resource) -> bool:
    ways: tuple[Callable[[], bool], ...] = (
        lambda: bool(sources(stack, function)),
        lambda: is_waited_for(stack, function),
    )
    return any_of(ways, lambda way: way())


def _fed(stack: Stack, function: Resource) -> Iterator[Finding]:
    """Of a function that reads queues or streams: its own queue takes nothing of what comes from there."""
    for mapping in sources(stack, function):
        if not _keeps(stack, mapping):
            yield _finding(
                function,
                f"a place for failures of the event source mapping {mapping.name}, or of its queue",
                "destination_config of the mapping, or redrive_policy of its queue",
            )


def _finding(function: Resource, expected: str, argument: str) -> Finding:
    return Finding(
        observed="drops the events that it cannot handle",
        expected=expected,
        argument=argument,
        resource=function,
    )


def _own_queue(function: Resource) -> bool:
    return present(function.props, "deadLetterConfig", "targetArn")


def _destination(stack: Stack, function: Resource) -> bool:
    configs = stack.referring(types.INVOKE_CONFIGS, function, "functionName")
    return any_of(
        configs, lambda config: present(config.props, "destinationConfig", "onFailure", "destination")
    )


def _keeps(stack: Stack, mapping: Resource) -> bool:
    if present(mapping.props, "destinationConfig", "onFailure", "destinationArn"):
        return True
    queues = stack.referred(mapping, types.QUEUES, "eventSourceArn")
    separate = any(stack.referring(types.REDRIVE_POLICIES, queue, "queueUrl") for queue in queues)
    return separate or any(
        present(without_unset(queue, "redrivePolicy").props, "redrivePolicy") for queue in queues
    )


RULE = StackRule(
    id="lambda-failure-destination",
    title="Failed events are kept",
    description="What a Lambda function is handed, or reads, and cannot handle must be kept somewhere.",
    why="After its retries Lambda forgets an event; a webhook or a scaling wish is lost without a trace.",
    fix="Set dead_letter_config, or an on-failure destination on the invoke config or event source mapping.",
    severity=Severity.MEDIUM,
    topics=("availability", "lambda"),
    judges=types.FUNCTIONS
    | types.INVOKE_CONFIGS
    | types.EVENT_SOURCES
    | types.FUNCTION_ALIASES
    | types.QUEUES
    | types.REDRIVE_POLICIES
    | CALLERS,
    findings=findings,
    compliant=(
        Resource(
            type="aws:lambda/function:Function",
            name="notifier",
            props={"deadLetterConfig": {"targetArn": "arn:aws:sqs:eu-central-1:1:notifier-dlq"}},
        ),
    ),
    violating=(Resource(type="aws:lambda/function:Function", name="notifier"),),
)
