"""Functions run on runtimes that still get fixes."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.runtimes import RUNTIMES, deprecated_on, supported
from guardrails.clock import today
from guardrails.options import Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import text
from guardrails.rule import Finding, ResourceRule

OPTIONS = (
    Option(
        name="runtimes",
        default=[],
        like=["python3.13"],
        description="The accepted runtimes; none means all that AWS still patches.",
    ),
)


def findings(function: Resource, options: Options) -> Iterator[Finding]:
    """A runtime that AWS has deprecated, or that is not on the list; a container image has none."""
    runtime = text(function.props, "runtime")
    if not runtime and text(function.props, "packageType") == "Image":
        return
    listed = options.texts("runtimes")
    if _accepted(runtime, listed):
        return
    yield Finding(
        observed=_observed(runtime),
        expected=f"one of {', '.join(listed or supported(today(), like=runtime))}",
        argument="runtime",
    )


def _accepted(runtime: str, listed: tuple[str, ...]) -> bool:
    if listed:
        return runtime in listed
    return runtime in RUNTIMES and deprecated_on(runtime, today()) is None


def _observed(runtime: str) -> str:
    if not runtime:
        return "states no runtime"
    day = deprecated_on(runtime, today())
    return f"runs on {runtime}, which AWS deprecated on {day}" if day else f"runs on {runtime}"


RULE = ResourceRule(
    id="lambda-runtime",
    title="Supported runtimes",
    description="A Lambda function must use a supported runtime.",
    why="AWS stops patching old runtimes, and one day refuses to update functions on them.",
    fix="Set runtime to one that AWS still patches, such as the latest of the language.",
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
