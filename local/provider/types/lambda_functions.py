"""Lambda functions: code, settings, reserved concurrency and versions."""

import base64
import hashlib

from local.provider.types.aws import Aws
from local.provider.types.lambda_checks import FUNCTION_CHECKS
from local.provider.types.props import Props
from local.provider.types.resource import (
    Change,
    Created,
    Existing,
    Outputs,
    ResourceType,
    Types,
    removed_tags,
)
from local.provider.types.spelling import chosen, seen
from local.provider.values import Archive, Asset

SETTINGS = (
    "deadLetterConfig",
    "description",
    "environment",
    "ephemeralStorage",
    "handler",
    "loggingConfig",
    "memorySize",
    "role",
    "runtime",
    "timeout",
    "tracingConfig",
    "vpcConfig",
)
BLOCKS = ("deadLetterConfig", "ephemeralStorage", "loggingConfig", "tracingConfig")
CODE = ("code", "imageUri", "s3Bucket", "s3Key", "s3ObjectVersion", "sourceCodeHash", "architectures")
UNRESERVED = -1  # Pulumi's word for "no reserved concurrency"


def _create(aws: Aws, new: Props) -> Created:
    """Create the function, without its layers: moto refuses those that were not published to it."""
    name = new.text("name")
    aws.call(
        "lambda",
        "create_function",
        FunctionName=name,
        PackageType=new.maybe_text("packageType"),
        Code=_code(new),
        Architectures=new.texts("architectures") or None,
        Publish=new.flag("publish"),
        Tags=new.mapping("tags") or None,
        **_settings(new),
    )
    _reserve(aws, name, new)
    return Created(id=name)


def _settings(new: Props) -> dict[str, object]:
    network = new.block("vpcConfig")
    return {
        "Description": new.maybe_text("description") or "",
        "Environment": {"Variables": new.block("environment").mapping("variables")},
        "Handler": new.maybe_text("handler"),
        "MemorySize": new.number("memorySize"),
        "Role": new.text("role"),
        "Runtime": new.maybe_text("runtime"),
        "Timeout": new.number("timeout"),
        **chosen(new, *BLOCKS),
        "VpcConfig": {
            "SubnetIds": network.texts("subnetIds"),
            "SecurityGroupIds": network.texts("securityGroupIds"),
        }
        if network
        else None,
    }


def _code(new: Props) -> dict[str, object]:
    if new.has("imageUri"):
        return {"ImageUri": new.text("imageUri")}
    if new.has("s3Key"):
        object_ = {"S3Bucket": new.text("s3Bucket"), "S3Key": new.text("s3Key")}
        version = new.maybe_text("s3ObjectVersion")
        return {**object_, "S3ObjectVersion": version} if version else {**object_}
    return {"ZipFile": _zipped(new)}


def _zipped(new: Props) -> bytes:
    file = new.file("code")
    if isinstance(file, Archive):
        return file.zip()
    return file.read() if isinstance(file, Asset) else b""


def _reserve(aws: Aws, name: str, inputs: Props) -> None:
    reserved = inputs.maybe_number("reservedConcurrentExecutions")
    if reserved is not None and reserved != UNRESERVED:
        aws.call(
            "lambda", "put_function_concurrency", FunctionName=name, ReservedConcurrentExecutions=reserved
        )


def _read(aws: Aws, it: Existing) -> Outputs | None:
    answer = aws.call("lambda", "get_function", FunctionName=it.id)
    found, arn = answer.block("Configuration"), aws.arn("lambda", f"function:{it.id}")
    # The function's own description leaves a reservation of 0 out, in moto.
    reserved = aws.call("lambda", "get_function_concurrency", FunctionName=it.id)
    network = found.block("VpcConfig")
    return {
        "name": it.id,
        **_addresses(aws, arn, _version(aws, it)),
        "description": found.maybe_text("Description") or "",
        "environment": _environment(found),
        "handler": found.maybe_text("Handler"),
        "memorySize": found.number("MemorySize"),
        "packageType": found.text("PackageType"),
        "role": found.text("Role"),
        "runtime": found.maybe_text("Runtime"),
        "timeout": found.number("Timeout"),
        **seen(found, *BLOCKS),
        "reservedConcurrentExecutions": reserved.get("ReservedConcurrentExecutions", UNRESERVED),
        "vpcConfig": {
            "subnetIds": network.texts("SubnetIds"),
            "securityGroupIds": network.texts("SecurityGroupIds"),
        }
        if network
        else None,
        "lastModified": found.text("LastModified"),
        "codeSha256": found.maybe_text("CodeSha256") or "",
        "sourceCodeSize": found.maybe_number("CodeSize") or 0,
        "tags": answer.mapping("Tags"),
        **_replaced_code(it.state, found.maybe_text("CodeSha256")),
    }


def _version(aws: Aws, it: Existing) -> str:
    if not it.state.flag("publish"):
        return "$LATEST"
    versions = aws.pages("lambda", "list_versions_by_function", "Versions", FunctionName=it.id)
    numbers = [int(number) for item in versions if (number := item.text("Version")).isdigit()]
    return str(max(numbers, default=0)) if numbers else "$LATEST"


def _addresses(aws: Aws, arn: str, version: str) -> Outputs:
    gateway = f"arn:aws:apigateway:{aws.region}:lambda:path/2015-03-31/functions"
    return {
        "arn": arn,
        "version": version,
        "qualifiedArn": f"{arn}:{version}",
        "invokeArn": f"{gateway}/{arn}/invocations",
        "qualifiedInvokeArn": f"{gateway}/{arn}:{version}/invocations",
    }


def _environment(found: Props) -> dict[str, object] | None:
    variables = found.block("Environment").mapping("Variables")
    return {"variables": variables} if variables else None


def _replaced_code(state: Props, digest: str | None) -> Outputs:
    """Other code than the program's counts as none, so that the next update puts the program's back."""
    if not state.has("code") or digest in {state.maybe_text("codeSha256"), _digest(state)}:
        return {}
    return {"code": None}


def _digest(state: Props) -> str | None:
    try:
        return base64.b64encode(hashlib.sha256(_zipped(state)).digest()).decode()
    except OSError:  # the files that were uploaded are no longer where they were
        return None


def _update(aws: Aws, it: Existing, change: Change) -> None:
    new = change.inputs
    if change.touches(*CODE):
        aws.call("lambda", "update_function_code", FunctionName=it.id, **_code(new))
    if change.touches(*SETTINGS):
        cleared: dict[str, list[str]] | None = (
            {"SubnetIds": [], "SecurityGroupIds": []} if it.state.has("vpcConfig") else None
        )
        settings = _settings(new)
        aws.call(
            "lambda",
            "update_function_configuration",
            FunctionName=it.id,
            **{**settings, "VpcConfig": settings["VpcConfig"] or cleared},
        )
    if change.touches("reservedConcurrentExecutions"):
        aws.call("lambda", "delete_function_concurrency", FunctionName=it.id)
        _reserve(aws, it.id, new)
    if new.flag("publish") and change.touches("publish", *CODE, *SETTINGS):
        aws.call("lambda", "publish_version", FunctionName=it.id)
    if change.touches("tags"):
        arn = aws.arn("lambda", f"function:{it.id}")
        if gone := removed_tags(it, change):
            aws.call("lambda", "untag_resource", Resource=arn, TagKeys=gone)
        aws.call("lambda", "tag_resource", Resource=arn, Tags=new.mapping("tags"))


def _delete(aws: Aws, it: Existing) -> None:
    aws.call("lambda", "delete_function", FunctionName=it.id)


TYPES: Types = {
    "aws:lambda/function:Function": ResourceType(
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        replace_on=frozenset({"name", "packageType"}),
        checks=FUNCTION_CHECKS,
        autoname="name",
        name_limit=64,
        defaults={
            "memorySize": 128,
            "timeout": 3,
            "packageType": "Zip",
            "reservedConcurrentExecutions": UNRESERVED,
        },
        changing=frozenset(
            {"codeSha256", "lastModified", "qualifiedArn", "qualifiedInvokeArn", "sourceCodeSize", "version"}
        ),
    ),
}
