"""A message stays hidden for as long as somebody may still work on it."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.functions import consumers, timeout
from guardrails.aws.queues import LINKED, is_dead_letter
from guardrails.options import Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack
from guardrails.resources.values import each, number
from guardrails.rule import Finding, StackRule

OPTIONS = (
    Option(name="factor", default=6, description="How many times a consuming function's timeout."),
    Option(
        name="segmentSeconds", default=30, description="The longest time between renewals by other consumers."
    ),
)
DEFAULT_VISIBILITY = 30.0


def findings(stack: Stack, options: Options) -> Iterator[Finding]:
    """Each queue whose messages come back too early."""
    yield from each(stack.of(types.QUEUES), lambda queue: _of(stack, queue, options))


def _of(stack: Stack, queue: Resource, options: Options) -> Iterator[Finding]:
    stated = number(queue.props, "visibilityTimeoutSeconds")
    visibility = DEFAULT_VISIBILITY if stated is None else stated
    functions = consumers(stack, queue)
    yield from each(functions, lambda function: _consumed(queue, visibility, function, options))
    if not functions and visibility < options.number("segmentSeconds") and not is_dead_letter(stack, queue):
        yield _finding(queue, visibility, "the longest segment", options.number("segmentSeconds"))


def _consumed(queue: Resource, visibility: float, function: Resource, options: Options) -> Iterator[Finding]:
    factor = options.number("factor")
    wanted = factor * timeout(function)
    if visibility < wanted:
        yield _finding(queue, visibility, f"{factor:g} times the timeout of {function.name}", wanted)


def _finding(queue: Resource, visibility: float, what: str, wanted: float) -> Finding:
    return Finding(
        observed=f"hides a message for {visibility:g} s",
        expected=f"at least {wanted:g} s, {what}",
        argument="visibility_timeout_seconds",
        resource=queue,
    )


RULE = StackRule(
    id="sqs-visibility",
    title="Visibility timeout",
    description="A queue must hide a message at least six times as long as its consumer may take.",
    why="A message that reappears while it is worked on is worked on twice.",
    fix="Raise visibility_timeout_seconds, or shorten the consuming function's timeout.",
    severity=Severity.MEDIUM,
    topics=("availability", "queues", "lambda"),
    judges=types.EVENT_SOURCES | types.FUNCTIONS | types.FUNCTION_ALIASES | LINKED,
    options=OPTIONS,
    findings=findings,
    compliant=(
        Resource(
            type="aws:sqs/queue:Queue", name="hooks", urn="hooks", props={"visibilityTimeoutSeconds": 180}
        ),
        Resource(type="aws:lambda/function:Function", name="notifier", urn="notifier", props={"timeout": 30}),
        Resource(
            type="aws:lambda/eventSourceMapping:EventSourceMapping",
            name="hooks",
            links={"eventSourceArn": ("hooks",), "functionName": ("notifier",)},
        ),
    ),
    violating=(
        Resource(
            type="aws:sqs/queue:Queue", name="hooks", urn="hooks", props={"visibilityTimeoutSeconds": 60}
        ),
        Resource(type="aws:lambda/function:Function", name="notifier", urn="notifier", props={"timeout": 30}),
        Resource(
            type="aws:lambda/eventSourceMapping:EventSourceMapping",
            name="hooks",
            links={"eventSourceArn": ("hooks",), "functionName": ("notifier",)},
        ),
    ),
)
