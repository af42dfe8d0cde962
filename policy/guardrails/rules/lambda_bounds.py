"""Functions have the time and memory that somebody chose; two scalers never race each other."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.functions import is_scaler
from guardrails.options import Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import all_of, in_turn, number
from guardrails.rule import Finding, ResourceRule

OPTIONS = (
    Option(
        name="minimumTimeout", default=5, description="The shortest timeout in seconds; 3 is nobody's choice."
    ),
    Option(name="maximumTimeout", default=900, description="The longest timeout in seconds."),
    Option(name="minimumMemory", default=129, description="The least memory in MB; 128 is nobody's choice."),
    Option(name="maximumMemory", default=10240, description="The most memory in MB."),
)


def findings(function: Resource, options: Options) -> Iterator[Finding]:
    """Bounds that nobody chose, and a scaler that may run twice at once."""
    yield from in_turn(
        _bounded(function, options, "timeout", "Timeout"),
        _bounded(function, options, "memorySize", "Memory"),
        _racing(function),
    )


def _bounded(function: Resource, options: Options, key: str, option: str) -> Iterator[Finding]:
    value = number(function.props, key)
    low, high = options.number(f"minimum{option}"), options.number(f"maximum{option}")
    argument = "timeout" if key == "timeout" else "memory_size"
    if value is None or not low <= value <= high:
        yield Finding(
            observed=f"states no {argument}" if value is None else f"has a {argument} of {value:g}",
            expected=f"{low:g} to {high:g}",
            argument=argument,
        )


def _racing(function: Resource) -> Iterator[Finding]:
    if all_of(
        lambda: number(function.props, "reservedConcurrentExecutions") != 1, lambda: is_scaler(function)
    ):
        yield Finding(
            observed="is a scaler and may run more than once at a time",
            expected="1",
            argument="reserved_concurrent_executions",
        )


RULE = ResourceRule(
    id="lambda-bounds",
    title="Function bounds",
    description="A Lambda function must state timeout and memory; a scaler must run once at a time.",
    why="Two scalers that decide on the same numbers start twice the instances.",
    fix="Set timeout and memory_size, and reserved_concurrent_executions=1 on the scaler.",
    severity=Severity.HIGH,
    topics=("availability", "lambda"),
    applies_to=types.FUNCTIONS,
    options=OPTIONS,
    findings=findings,
    compliant=(
        Resource(
            type="aws:lambda/function:Function",
            name="scaler",
            props={"timeout": 30, "memorySize": 256, "reservedConcurrentExecutions": 1},
        ),
    ),
    violating=(
        Resource(
            type="aws:lambda/function:Function",
            name="scaler",
            props={"timeout": 30, "memorySize": 256, "reservedConcurrentExecutions": -1},
        ),
    ),
)
