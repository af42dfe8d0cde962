"""Functions run on runtimes that still get fixes."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import text
from guardrails.rule import Finding, ResourceRule

OPTIONS = (
    Option(
        name="runtimes",
        default=["python3.11", "python3.12", "python3.13", "python3.14"],
        description="The accepted runtimes.",
    ),
)


def findings(function: Resource, options: Options) -> Iterator[Finding]:
    """A runtime that is not on the list; a container image has none."""
    runtime = text(function.props, "runtime")
    if not runtime and text(function.props, "packageType") == "Image":
        return
    if runtime not in options.texts("runtimes"):
        yield Finding(
            observed=f"runs on {runtime}" if runtime else "states no runtime",
            expected=f"one of {', '.join(options.texts('runtimes'))}",
            argument="runtime",
        )


RULE = ResourceRule(
    id="lambda-runtime",
    title="Supported runtimes",
    description="A Lambda function must use a supported runtime.",
    why="AWS stops patching old runtimes, and one day refuses to update functions on them.",
    fix='Set runtime to "python3.13".',
    severity=Severity.MEDIUM,
    references=("Lambda.2", "CKV_AWS_363"),
    topics=("security", "lambda"),
    applies_to=types.FUNCTIONS,
    options=OPTIONS,
    findings=findings,
    compliant=(
        Resource(type="aws:lambda/function:Function", name="scaler", props={"runtime": "python3.13"}),
    ),
    violating=(Resource(type="aws:lambda/function:Function", name="scaler", props={"runtime": "python3.8"}),),
)
