"""What Lambda refuses about functions and their event sources, as far as the inputs show it."""

import json
from collections.abc import Iterator

from local.provider.types.checks import between, exactly_one, one_of, required
from local.provider.types.props import Props
from local.provider.types.resource import Check, CheckFailure

RUNTIMES = (
    "python3.10", "python3.11", "python3.12", "python3.13", "python3.14",
    "nodejs20.x", "nodejs22.x", "nodejs24.x",
    "java11", "java17", "java21", "java25",
    "dotnet8", "dotnet9", "dotnet10", "ruby3.2", "ruby3.3", "ruby3.4", "provided.al2", "provided.al2023",
)  # fmt: skip  # those in which AWS still lets one create a function
ENVIRONMENT_BYTES = 4096
LAYER_LIMIT = 5
RESERVED_NAMES = (
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_LAMBDA_",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_ACCESS_KEY",
    "_HANDLER",
)
QUEUE_BATCH = 10  # the largest batch of a queue that needs no batching window
STREAM_ONLY = (
    "bisectBatchOnFunctionError",
    "maximumRecordAgeInSeconds",
    "maximumRetryAttempts",
    "parallelizationFactor",
    "startingPosition",
    "tumblingWindowInSeconds",
)


def _code_is_whole(inputs: Props) -> Iterator[CheckFailure]:
    if inputs.text("packageType") == "Zip":
        for key in ("handler", "runtime"):
            if not inputs.has(key):
                yield CheckFailure(property=key, reason="is required for a zip package")
    if inputs.has("s3Key") != inputs.has("s3Bucket"):
        yield CheckFailure(property="s3Key", reason="s3Bucket and s3Key need each other")


def _environment_fits(inputs: Props) -> Iterator[CheckFailure]:
    variables = inputs.block("environment").mapping("variables")
    size = sum(len(name.encode()) + len(value.encode()) for name, value in variables.items())
    if size > ENVIRONMENT_BYTES:
        reason = f"{size} bytes of variables; at most {ENVIRONMENT_BYTES} are allowed"
        yield CheckFailure(property="environment", reason=reason)
    for name in variables:
        if name.startswith(RESERVED_NAMES):
            yield CheckFailure(
                property="environment", reason=f"{name} is set by Lambda itself; choose another name"
            )
        if not name[:1].isalpha() or not name.replace("_", "a").isalnum():
            reason = (
                f"{name!r} is not a variable's name; use letters, digits, underscores, and a letter first"
            )
            yield CheckFailure(property="environment", reason=reason)


def _layers_fit(inputs: Props) -> Iterator[CheckFailure]:
    layers = inputs.items_of("layers")
    if len(layers) > LAYER_LIMIT:
        yield CheckFailure(
            property="layers", reason=f"{len(layers)} layers; at most {LAYER_LIMIT} are allowed"
        )
    for layer in layers:
        if not str(layer).startswith("arn:") or str(layer).count(":") != 7:  # noqa: PLR2004  parts of a version's ARN
            yield CheckFailure(property="layers", reason=f"{layer!r} is not the ARN of a layer version")


def _nested_between(block: str, key: str, low: int, high: int) -> Check:
    def check(inputs: Props) -> Iterator[CheckFailure]:
        value = inputs.block(block).maybe_number(key)
        if value is not None and not low <= value <= high:
            reason = f"{value} is out of range; {low} to {high} are allowed"
            yield CheckFailure(property=f"{block}.{key}", reason=reason)

    return check


def _source_fits(inputs: Props) -> Iterator[CheckFailure]:
    source = inputs.text("eventSourceArn")
    if ":sqs:" in source:
        for key in STREAM_ONLY:
            if inputs.has(key):
                yield CheckFailure(property=key, reason="is allowed for streams only, not for a queue")
        if (inputs.maybe_number("batchSize") or 0) > QUEUE_BATCH and not inputs.maybe_number(
            "maximumBatchingWindowInSeconds"
        ):
            reason = f"more than {QUEUE_BATCH} messages need a maximumBatchingWindowInSeconds of at least 1"
            yield CheckFailure(property="batchSize", reason=reason)
    elif not inputs.has("startingPosition"):
        yield CheckFailure(
            property="startingPosition", reason="is required for a stream; use LATEST or TRIM_HORIZON"
        )


def _filters_are_patterns(inputs: Props) -> Iterator[CheckFailure]:
    for item in inputs.block("filterCriteria").blocks("filters"):
        pattern = item.maybe_text("pattern") or ""
        try:
            reason = _pattern_fault(json.loads(pattern), "")
        except ValueError as error:
            reason = f"is not JSON ({error})"
        if reason:
            yield CheckFailure(property="filterCriteria", reason=f"the pattern {pattern} {reason}")


def _pattern_fault(pattern: object, path: str) -> str | None:
    """Why a pattern is refused: each leaf must be a list of values or rules."""
    if isinstance(pattern, list):
        return None
    if not isinstance(pattern, dict):
        return f"has the single value {pattern!r} at {path or 'its top'}; put it into a list"
    faults = (_pattern_fault(inner, f"{path}.{key}".lstrip(".")) for key, inner in pattern.items())
    return next((fault for fault in faults if fault), None)


FUNCTION_CHECKS: tuple[Check, ...] = (
    required("role"),
    one_of("runtime", RUNTIMES),
    one_of("packageType", ("Zip", "Image")),
    between("memorySize", 128, 10_240),
    between("timeout", 1, 900),
    between("reservedConcurrentExecutions", -1, 1000),
    _nested_between("ephemeralStorage", "size", 512, 10_240),
    exactly_one("code", "s3Key", "imageUri"),
    _code_is_whole,
    _environment_fits,
    _layers_fit,
)
SOURCE_CHECKS: tuple[Check, ...] = (
    required("functionName"),
    one_of("startingPosition", ("LATEST", "TRIM_HORIZON", "AT_TIMESTAMP")),
    between("batchSize", 1, 10_000),
    between("maximumBatchingWindowInSeconds", 0, 300),
    between("parallelizationFactor", 1, 10),
    between("maximumRetryAttempts", -1, 10_000),
    between("maximumRecordAgeInSeconds", -1, 604_800),
    _nested_between("scalingConfig", "maximumConcurrency", 2, 1000),
    _source_fits,
    _filters_are_patterns,
)
