"""CloudWatch Logs: groups."""

from local.provider.types.aws import Aws
from local.provider.types.checks import length, one_of
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

RETENTION_DAYS = (
    0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731,
    1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip  # the API's own list; 0 is Pulumi's word for "never expires"


def _create_group(aws: Aws, new: Props) -> Created:
    name = new.text("name")
    tags = new.mapping("tags") or None
    aws.call("logs", "create_log_group", logGroupName=name, kmsKeyId=new.maybe_text("kmsKeyId"), tags=tags)
    _set_retention(aws, name, new)
    return Created(id=name)


def _set_retention(aws: Aws, name: str, inputs: Props) -> None:
    days = inputs.maybe_number("retentionInDays")
    if days:
        aws.call("logs", "put_retention_policy", logGroupName=name, retentionInDays=days)


def _read_group(aws: Aws, it: Existing) -> Outputs | None:
    groups = aws.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=it.id)
    for group in groups:
        if group.text("logGroupName") == it.id:
            arn = group.text("arn").removesuffix(":*")
            tags = aws.call("logs", "list_tags_for_resource", resourceArn=arn).mapping("tags")
            return {
                "name": it.id,
                "arn": arn,
                "retentionInDays": group.maybe_number("retentionInDays") or 0,
                "kmsKeyId": group.maybe_text("kmsKeyId"),
                "tags": tags,
            }
    return None


def _update_group(aws: Aws, it: Existing, change: Change) -> None:
    if change.touches("retentionInDays"):
        aws.call("logs", "delete_retention_policy", logGroupName=it.id)
        _set_retention(aws, it.id, change.inputs)
    if change.touches("kmsKeyId"):
        key = change.inputs.maybe_text("kmsKeyId")
        operation = "associate_kms_key" if key else "disassociate_kms_key"
        aws.call("logs", operation, logGroupName=it.id, kmsKeyId=key)
    if change.touches("tags"):
        arn = it.state.text("arn")
        if gone := removed_tags(it, change):
            aws.call("logs", "untag_resource", resourceArn=arn, tagKeys=gone)
        aws.call("logs", "tag_resource", resourceArn=arn, tags=change.inputs.mapping("tags"))


def _delete_group(aws: Aws, it: Existing) -> None:
    aws.call("logs", "delete_log_group", logGroupName=it.id)


TYPES: Types = {
    "aws:cloudwatch/logGroup:LogGroup": ResourceType(
        create=_create_group,
        read=_read_group,
        update=_update_group,
        delete=_delete_group,
        checks=(length("name", 1, 512), one_of("retentionInDays", RETENTION_DAYS)),
        autoname="name",
        name_limit=512,
        defaults={"retentionInDays": 0},
    ),
}
