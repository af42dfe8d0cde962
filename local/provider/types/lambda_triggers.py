"""What feeds a Lambda function: event source mappings."""

from local.provider.types.aws import Aws
from local.provider.types.lambda_checks import SOURCE_CHECKS
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
from local.provider.types.spelling import camel, pascal

RENAMED = {"kmsKeyArn": "KMSKeyArn", "destinationArn": "Destination"}
FIXED = ("eventSourceArn", "startingPosition", "startingPositionTimestamp")
NUMBERS = {
    "batchSize": None,
    "maximumBatchingWindowInSeconds": 0,
    "maximumRecordAgeInSeconds": -1,
    "maximumRetryAttempts": -1,
    "parallelizationFactor": 1,
    "tumblingWindowInSeconds": 0,
}
BLOCKS = ("destinationConfig", "filterCriteria", "metricsConfig", "scalingConfig")


def _create_mapping(aws: Aws, new: Props) -> Created:
    fixed = {key[0].upper() + key[1:]: new.maybe_text(key) for key in FIXED}
    tags = new.mapping("tags") or None
    answer = aws.call("lambda", "create_event_source_mapping", **fixed, **_changeable(new), Tags=tags)
    return Created(id=answer.text("UUID"))


def _changeable(new: Props) -> dict[str, object]:
    return {
        "FunctionName": new.text("functionName"),
        "Enabled": new.flag("enabled", default=True),
        "BisectBatchOnFunctionError": new.maybe_flag("bisectBatchOnFunctionError"),
        "FunctionResponseTypes": new.texts("functionResponseTypes") or None,
        **{key[0].upper() + key[1:]: new.maybe_number(key) for key in NUMBERS},
        **{key[0].upper() + key[1:]: pascal(dict(new.block(key)), RENAMED) for key in BLOCKS if new.has(key)},
    }


def _read_mapping(aws: Aws, it: Existing) -> Outputs | None:
    found = aws.call("lambda", "get_event_source_mapping", UUID=it.id)
    function = found.text("FunctionArn")
    given = it.state.maybe_text("functionName") or ""
    arn = found.maybe_text("EventSourceMappingArn") or aws.arn("lambda", f"event-source-mapping:{it.id}")
    return {
        "uuid": it.id,
        "arn": arn,
        "functionArn": function,
        "functionName": given if function.endswith(f":{given.rsplit(':', 1)[-1]}") else function,
        "eventSourceArn": found.text("EventSourceArn"),
        "startingPosition": found.maybe_text("StartingPosition"),
        "state": found.text("State"),
        "enabled": found.text("State") == "Enabled",
        "functionResponseTypes": found.texts("FunctionResponseTypes"),
        "bisectBatchOnFunctionError": found.flag("BisectBatchOnFunctionError"),
        **{key: _number(found, key, default) for key, default in NUMBERS.items()},
        **{key: camel(dict(found.block(key[0].upper() + key[1:])), RENAMED) for key in BLOCKS},
        "tags": aws.call("lambda", "list_tags", Resource=arn).mapping("Tags"),
    }


def _number(found: Props, key: str, default: int | None) -> int | None:
    value = found.maybe_number(key[0].upper() + key[1:])
    return default if value is None else value


def _update_mapping(aws: Aws, it: Existing, change: Change) -> None:
    emptied: dict[str, object] = {
        key[0].upper() + key[1:]: {} for key in BLOCKS if change.touches(key) and not change.inputs.has(key)
    }
    aws.call("lambda", "update_event_source_mapping", UUID=it.id, **_changeable(change.inputs), **emptied)
    if change.touches("tags"):
        arn = it.state.text("arn")
        if gone := removed_tags(it, change):
            aws.call("lambda", "untag_resource", Resource=arn, TagKeys=gone)
        aws.call("lambda", "tag_resource", Resource=arn, Tags=change.inputs.mapping("tags"))


def _delete_mapping(aws: Aws, it: Existing) -> None:
    aws.call("lambda", "delete_event_source_mapping", UUID=it.id)


TYPES: Types = {
    "aws:lambda/eventSourceMapping:EventSourceMapping": ResourceType(
        create=_create_mapping,
        read=_read_mapping,
        update=_update_mapping,
        delete=_delete_mapping,
        checks=SOURCE_CHECKS,
        defaults={"enabled": True},
    ),
}
