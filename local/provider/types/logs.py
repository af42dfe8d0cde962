"""CloudWatch Logs: groups and metric filters."""

from collections.abc import Iterator

from local.provider.types.aws import Aws
from local.provider.types.checks import length, one_of, required
from local.provider.types.props import Props
from local.provider.types.resource import (
    Backed,
    Change,
    CheckFailure,
    Created,
    Existing,
    Outputs,
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


def _put_filter(aws: Aws, inputs: Props) -> Created:
    transformation = inputs.block("metricTransformation")
    name = inputs.text("name")
    aws.call(
        "logs",
        "put_metric_filter",
        logGroupName=inputs.text("logGroupName"),
        filterName=name,
        filterPattern=inputs.maybe_text("pattern") or "",
        metricTransformations=[
            {
                key: value
                for key, value in {
                    "metricName": transformation.text("name"),
                    "metricNamespace": transformation.text("namespace"),
                    "metricValue": transformation.text("value"),
                    "defaultValue": transformation.maybe_amount("defaultValue"),
                    "dimensions": transformation.mapping("dimensions") or None,
                    "unit": transformation.maybe_text("unit"),
                }.items()
                if value is not None
            }
        ],
    )
    return Created(id=name)


def _read_filter(aws: Aws, it: Existing) -> Outputs | None:
    group = it.state.text("logGroupName")
    found = aws.pages(
        "logs", "describe_metric_filters", "metricFilters", logGroupName=group, filterNamePrefix=it.id
    )
    for item in found:
        if item.text("filterName") == it.id:
            transformation = item.blocks("metricTransformations")[0]
            return {
                "name": it.id,
                "logGroupName": group,
                "pattern": item.maybe_text("filterPattern") or "",
                "metricTransformation": {
                    "name": transformation.text("metricName"),
                    "namespace": transformation.text("metricNamespace"),
                    "value": transformation.text("metricValue"),
                },
            }
    return None


def _update_filter(aws: Aws, it: Existing, change: Change) -> None:
    _delete_filter(aws, it)  # moto would keep the old one beside the new one
    _put_filter(aws, change.inputs)


def _delete_filter(aws: Aws, it: Existing) -> None:
    aws.call("logs", "delete_metric_filter", logGroupName=it.state.text("logGroupName"), filterName=it.id)


def _names_its_metric(inputs: Props) -> Iterator[CheckFailure]:
    transformation = inputs.block("metricTransformation")
    for key in ("name", "namespace", "value"):
        if not transformation.has(key):
            yield CheckFailure(property=f"metricTransformation.{key}", reason="is required and was not given")


TYPES: Types = {
    "aws:cloudwatch/logGroup:LogGroup": Backed(
        create=_create_group,
        read=_read_group,
        update=_update_group,
        delete=_delete_group,
        replace_on=frozenset({"name", "namePrefix", "logGroupClass"}),
        checks=(length("name", 1, 512), one_of("retentionInDays", RETENTION_DAYS)),
        autoname="name",
        name_limit=512,
        defaults={"retentionInDays": 0},
    ),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": Backed(
        create=_put_filter,
        read=_read_filter,
        update=_update_filter,
        delete=_delete_filter,
        replace_on=frozenset({"name", "logGroupName"}),
        checks=(required("logGroupName", "pattern", "metricTransformation"), _names_its_metric),
        autoname="name",
        taggable=False,
    ),
}
