"""Functions are traced where X-Ray is used, and their logs end some day."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack, refers, unset, without_unset
from guardrails.resources.values import Block, all_of, any_of, each, in_turn, number, present, text, unknown
from guardrails.rule import Finding, StackRule

OPTIONS = (
    Option(
        name="traced",
        default=True,
        description="Whether X-Ray must trace every function; turn it off where nobody reads its traces.",
    ),
)


def findings(stack: Stack, options: Options) -> Iterator[Finding]:
    """Each function without the traces that are wanted, or without a log group of the stack that forgets."""
    functions = stack.of(types.FUNCTIONS)
    yield from each(
        functions, lambda function: in_turn(_untraced(function, options), _unlogged(stack, function))
    )


def _untraced(function: Resource, options: Options) -> Iterator[Finding]:
    if not options.flag("traced"):
        return
    if text(without_unset(function, "tracingConfig").props, "tracingConfig", "mode") != "Active":
        yield Finding(
            observed="is not traced", expected='"Active"', argument="tracing_config.mode", resource=function
        )


def _unlogged(stack: Stack, function: Resource) -> Iterator[Finding]:
    groups = stack.of(types.LOG_GROUPS)
    if not any_of(groups, lambda group: all_of(lambda: _logs_of(function, group), lambda: _forgets(group))):
        yield Finding(
            observed="has no log group of this stack with a retention",
            expected="an aws.cloudwatch.LogGroup with its name",
            argument="logging_config.log_group",
            resource=function,
        )


def _forgets(group: Resource) -> bool:
    return (number(group.props, "retentionInDays") or 0) > 0


def _logs_of(function: Resource, group: Resource) -> bool:
    if not unset(function, "loggingConfig") and present(function.props, "loggingConfig", "logGroup"):
        return refers(function, group, "loggingConfig", "logGroup")  # and nowhere else does it log
    if not present(group.props, "name"):
        return False
    if unknown(group.props, "name") and function.urn and function.urn in group.links.get("name", ()):
        return True
    return text(group.props, "name") == f"/aws/lambda/{text(function.props, 'name') or function.name}"


def remedy(function: Resource, options: Options) -> Block | None:
    """Tracing on where it is wanted; log groups are left to people."""
    traced = text(function.props, "tracingConfig", "mode") == "Active"
    return None if traced or not options.flag("traced") else {"tracingConfig": {"mode": "Active"}}


RULE = StackRule(
    id="lambda-tracing-logs",
    title="Traces and logs of functions",
    description="A Lambda function must have a log group of its own with a retention, and be traced by X-Ray "
    "unless the option `traced` is false.",
    why="A group that Lambda makes by itself keeps logs forever and belongs to no stack.",
    fix='Create the log group with retention_in_days, and set tracing_config.mode to "Active".',
    severity=Severity.LOW,
    references=("Lambda.7", "CKV_AWS_50"),
    topics=("observability", "lambda"),
    judges=types.FUNCTIONS | types.LOG_GROUPS,
    options=OPTIONS,
    findings=findings,
    remedy=remedy,
    remedies=types.FUNCTIONS,
    compliant=(
        Resource(
            type="aws:lambda/function:Function",
            name="scaler",
            urn="scaler",
            props={"name": "scaler", "tracingConfig": {"mode": "Active"}},
        ),
        Resource(
            type="aws:cloudwatch/logGroup:LogGroup",
            name="scaler",
            props={"name": "/aws/lambda/scaler", "retentionInDays": 30},
        ),
    ),
    violating=(
        Resource(
            type="aws:lambda/function:Function",
            name="scaler",
            props={"tracingConfig": {"mode": "PassThrough"}},
        ),
    ),
)
