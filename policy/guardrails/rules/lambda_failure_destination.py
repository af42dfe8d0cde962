"""What a function could not handle is kept."""

from collections.abc import Callable, Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.functions import sources
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack, without_unset
from guardrails.resources.values import any_of, each, present
from guardrails.rule import Finding, StackRule


def findings(stack: Stack, _options: Options) -> Iterator[Finding]:
    """Each function whose failed events are dropped."""
    yield from each(stack.of(types.FUNCTIONS), lambda function: _of(stack, function))


def _of(stack: Stack, function: Resource) -> Iterator[Finding]:
    tests: tuple[Callable[[Resource], bool], ...] = (
        _own_queue,
        lambda it: _destination(stack, it),
        lambda it: _sources_keep(stack, it),
    )
    if not any_of(tests, lambda test: test(function)):
        yield Finding(
            observed="drops the events that it cannot handle",
            expected="a dead-letter queue or an on-failure destination",
            argument="dead_letter_config",
            resource=function,
        )


def _own_queue(function: Resource) -> bool:
    return present(function.props, "deadLetterConfig", "targetArn")


def _destination(stack: Stack, function: Resource) -> bool:
    configs = stack.referring(types.INVOKE_CONFIGS, function, "functionName")
    return any_of(
        configs, lambda config: present(config.props, "destinationConfig", "onFailure", "destination")
    )


def _sources_keep(stack: Stack, function: Resource) -> bool:
    """Whether each event source has a place for failures, its own or its queue's."""
    mappings = sources(stack, function)
    return bool(mappings) and all(_keeps(stack, mapping) for mapping in mappings)


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
    description="A Lambda function must have a dead-letter queue or an on-failure destination.",
    why="After its retries Lambda forgets an event; a webhook or a scaling wish is lost without a trace.",
    fix="Set dead_letter_config, or an on-failure destination on the invoke config or event source mapping.",
    severity=Severity.MEDIUM,
    topics=("availability", "lambda"),
    judges=types.FUNCTIONS
    | types.INVOKE_CONFIGS
    | types.EVENT_SOURCES
    | types.FUNCTION_ALIASES
    | types.QUEUES
    | types.REDRIVE_POLICIES,
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
