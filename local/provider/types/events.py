"""EventBridge: rules over the events of AWS services, and where they send what they match."""

import re
from collections.abc import Iterator

from local.provider.types.aws import Aws
from local.provider.types.checks import exactly_one, json_text, one_of, required
from local.provider.types.props import Props
from local.provider.types.resource import (
    Change,
    CheckFailure,
    Created,
    Existing,
    Outputs,
    ResourceType,
    Types,
    removed_tags,
    tag_list,
    tag_mapping,
)
from local.provider.types.spelling import chosen, seen

RULE = ("description", "eventPattern", "scheduleExpression", "roleArn", "state")
# EventBridge API reference, `PutRule`: the name of a rule.
NAME = re.compile(r"[.\-_A-Za-z0-9]{1,64}")
BUS = "default"


def _put_rule(aws: Aws, new: Props) -> Created:
    name = new.text("name")
    aws.call(
        "events",
        "put_rule",
        Name=name,
        EventBusName=new.text("eventBusName"),
        Tags=tag_list(new.mapping("tags")),
        **chosen(new, *RULE),
    )
    return Created(id=name)


def _read_rule(aws: Aws, it: Existing) -> Outputs | None:
    found = aws.call("events", "describe_rule", Name=it.id)
    arn = found.text("Arn")
    return {
        **seen(found, *RULE),
        "name": it.id,
        "eventBusName": found.maybe_text("EventBusName") or BUS,
        "arn": arn,
        "tags": tag_mapping(aws.call("events", "list_tags_for_resource", ResourceARN=arn).blocks("Tags")),
    }


def _update_rule(aws: Aws, it: Existing, change: Change) -> None:
    aws.call(
        "events",
        "put_rule",
        Name=it.id,
        EventBusName=change.inputs.text("eventBusName"),
        **chosen(change.inputs, *RULE),
    )
    if change.touches("tags"):
        arn = it.state.text("arn")
        if gone := removed_tags(it, change):
            aws.call("events", "untag_resource", ResourceARN=arn, TagKeys=gone)
        if tags := tag_list(change.inputs.mapping("tags")):
            aws.call("events", "tag_resource", ResourceARN=arn, Tags=tags)


def _delete_rule(aws: Aws, it: Existing) -> None:
    aws.call("events", "delete_rule", Name=it.id)


def _put_target(aws: Aws, new: Props) -> Created:
    rule, identity = new.text("rule"), new.text("targetId")
    transformer = new.block("inputTransformer")
    target: dict[str, object] = {"Id": identity, **chosen(new, "arn", "roleArn", "input", "inputPath")}
    if transformer:
        target["InputTransformer"] = {
            "InputPathsMap": transformer.mapping("inputPaths"),
            "InputTemplate": transformer.text("inputTemplate"),
        }
    aws.call("events", "put_targets", Rule=rule, EventBusName=new.text("eventBusName"), Targets=[target])
    return Created(id=f"{rule}-{identity}")


def _read_target(aws: Aws, it: Existing) -> Outputs | None:
    rule, identity = it.state.text("rule"), it.state.text("targetId")
    answer = aws.call("events", "list_targets_by_rule", Rule=rule)
    for target in answer.blocks("Targets"):
        if target.text("Id") == identity:
            return {
                "rule": rule,
                "targetId": identity,
                "eventBusName": it.state.maybe_text("eventBusName") or BUS,
                **seen(target, "arn", "roleArn", "input", "inputPath"),
                "inputTransformer": _transformer_seen(target.block("InputTransformer")),
            }
    return None


def _transformer_seen(shown: Props) -> dict[str, object] | None:
    if not shown:
        return None
    return {"inputPaths": shown.mapping("InputPathsMap"), "inputTemplate": shown.text("InputTemplate")}


def _update_target(aws: Aws, _it: Existing, change: Change) -> None:
    _put_target(aws, change.inputs)


def _delete_target(aws: Aws, it: Existing) -> None:
    aws.call("events", "remove_targets", Rule=it.state.text("rule"), Ids=[it.state.text("targetId")])


def _well_named(inputs: Props) -> Iterator[CheckFailure]:
    name = inputs.maybe_text("name")
    if name is not None and not NAME.fullmatch(name):
        reason = f"{name!r} is not a rule name; 1 to 64 letters, digits, dots, hyphens and underscores are"
        yield CheckFailure(property="name", reason=reason)


TYPES: Types = {
    "aws:cloudwatch/eventRule:EventRule": ResourceType(
        create=_put_rule,
        read=_read_rule,
        update=_update_rule,
        delete=_delete_rule,
        checks=(
            exactly_one("eventPattern", "scheduleExpression"),
            json_text("eventPattern"),
            one_of("state", ("ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")),
            _well_named,
        ),
        autoname="name",
        name_limit=64,
        defaults={"eventBusName": BUS, "state": "ENABLED"},
    ),
    "aws:cloudwatch/eventTarget:EventTarget": ResourceType(
        create=_put_target,
        read=_read_target,
        update=_update_target,
        delete=_delete_target,
        checks=(required("rule", "arn", "targetId"),),
        taggable=False,
        defaults={"eventBusName": BUS},
    ),
}
