"""CloudWatch: metric alarms."""

from collections.abc import Iterator

from local.provider.types.aws import Aws, found
from local.provider.types.checks import between, one_of, required
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

ACTIONS = ("alarmActions", "okActions", "insufficientDataActions", "actionsEnabled", "alarmDescription")

METRIC = (
    "comparisonOperator",
    "evaluationPeriods",
    "datapointsToAlarm",
    "threshold",
    "thresholdMetricId",
    "metricName",
    "namespace",
    "period",
    "statistic",
    "extendedStatistic",
    "unit",
    "treatMissingData",
)

RENAMED = {"okActions": "OKActions", "thresholdMetricId": "ThresholdMetricId"}

COMPARISONS = (
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold",
)

STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")

MISSING_DATA = ("missing", "ignore", "breaching", "notBreaching")


def _named_list(dimensions: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in sorted(dimensions.items())]


def _queries(inputs: Props) -> list[dict[str, object]]:
    queries = []
    for query in inputs.blocks("metricQueries"):
        given = chosen(query, "id", "expression", "label", "period", "accountId", "returnData")
        if metric := query.block("metric"):
            spelled = chosen(metric, "metricName", "namespace")
            dimensions = _named_list(metric.mapping("dimensions"))
            given["MetricStat"] = {
                "Metric": {**spelled, "Dimensions": dimensions},
                **chosen(metric, "period", "stat", "unit"),
            }
        queries.append(given)
    return queries


def _put_alarm(aws: Aws, inputs: Props) -> Created:
    name = inputs.text("name")
    optional = {
        "Dimensions": _named_list(inputs.mapping("dimensions")),
        "Metrics": _queries(inputs),
        "Tags": tag_list(inputs.mapping("tags")),
    }
    aws.call(
        "cloudwatch",
        "put_metric_alarm",
        AlarmName=name,
        **chosen(inputs, *ACTIONS, *METRIC, renamed=RENAMED),
        **{key: value for key, value in optional.items() if value},
    )
    return Created(id=name)


def _described(aws: Aws, it: Existing) -> Props:
    answer = aws.call("cloudwatch", "describe_alarms", AlarmNames=[it.id], AlarmTypes=["MetricAlarm"])
    return found(answer, "MetricAlarms")


def _tags_of(aws: Aws, arn: str) -> dict[str, str]:
    answer = aws.call("cloudwatch", "list_tags_for_resource", ResourceARN=arn)
    return tag_mapping(answer.blocks("Tags"))


def _retag(aws: Aws, it: Existing, change: Change) -> None:
    if change.touches("tags"):
        arn = it.state.text("arn")
        if gone := removed_tags(it, change):
            aws.call("cloudwatch", "untag_resource", ResourceARN=arn, TagKeys=gone)
        if tags := tag_list(change.inputs.mapping("tags")):
            aws.call("cloudwatch", "tag_resource", ResourceARN=arn, Tags=tags)


def _queries_seen(alarm: Props) -> list[object]:
    queries: list[object] = []
    for query in alarm.blocks("Metrics"):
        shown = seen(query, "id", "expression", "label", "period", "accountId", "returnData")
        if stat := query.block("MetricStat"):
            metric = stat.block("Metric")
            dimensions = {one.text("Name"): one.text("Value") for one in metric.blocks("Dimensions")}
            shown["metric"] = {
                **seen(metric, "metricName", "namespace"),
                **seen(stat, "period", "stat", "unit"),
                "dimensions": dimensions,
            }
        queries.append(shown)
    return queries


def _read_alarm(aws: Aws, it: Existing) -> Outputs | None:
    alarm = _described(aws, it)
    arn = alarm.text("AlarmArn")
    return {
        **seen(alarm, *ACTIONS, *METRIC, renamed=RENAMED),
        "name": it.id,
        "arn": arn,
        "dimensions": {one.text("Name"): one.text("Value") for one in alarm.blocks("Dimensions")},
        "metricQueries": _queries_seen(alarm),
        "tags": _tags_of(aws, arn),
    }


def _update_alarm(aws: Aws, it: Existing, change: Change) -> None:
    _put_alarm(aws, change.inputs)
    _retag(aws, it, change)


def _delete_alarm(aws: Aws, it: Existing) -> None:
    aws.call("cloudwatch", "delete_alarms", AlarmNames=[it.id])


def _measures_one_thing(inputs: Props) -> Iterator[CheckFailure]:
    if inputs.has("metricName") == inputs.has("metricQueries"):
        yield CheckFailure(property="metricName", reason="give either metricName or metricQueries")
    elif inputs.has("metricName"):
        for key in ("namespace", "period"):
            if not inputs.has(key):
                yield CheckFailure(property=key, reason="is needed beside metricName")
        if inputs.has("statistic") == inputs.has("extendedStatistic"):
            yield CheckFailure(property="statistic", reason="give either statistic or extendedStatistic")


def _enough_datapoints(inputs: Props) -> Iterator[CheckFailure]:
    wanted, periods = inputs.maybe_number("datapointsToAlarm"), inputs.number("evaluationPeriods")
    if wanted is not None and not 1 <= wanted <= periods:
        reason = f"{wanted} is out of range; 1 to the {periods} evaluation periods are allowed"
        yield CheckFailure(property="datapointsToAlarm", reason=reason)


TYPES: Types = {
    "aws:cloudwatch/metricAlarm:MetricAlarm": ResourceType(
        create=_put_alarm,
        read=_read_alarm,
        update=_update_alarm,
        delete=_delete_alarm,
        checks=(
            required("comparisonOperator", "evaluationPeriods"),
            one_of("comparisonOperator", COMPARISONS),
            one_of("statistic", STATISTICS),
            one_of("treatMissingData", MISSING_DATA),
            between("evaluationPeriods", 1, 10_080),
            _measures_one_thing,
            _enough_datapoints,
        ),
        autoname="name",
        defaults={"actionsEnabled": True, "treatMissingData": "missing"},
    ),
}
