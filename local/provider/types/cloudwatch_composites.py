"""CloudWatch: composite alarms."""

from local.provider.types.aws import Aws, found
from local.provider.types.checks import required
from local.provider.types.props import Props
from local.provider.types.resource import Change, Created, Existing, Outputs, ResourceType, Types, tag_list
from local.provider.types.spelling import chosen, seen

ALARM = (
    "alarmActions",
    "okActions",
    "insufficientDataActions",
    "actionsEnabled",
    "alarmDescription",
    "alarmRule",
)
RENAMED = {"okActions": "OKActions"}
LONGEST_NAME = 255


def _put(aws: Aws, inputs: Props) -> Created:
    name = inputs.text("alarmName")
    suppressed = {}
    if suppressor := inputs.block("actionsSuppressor"):
        suppressed = {
            "ActionsSuppressor": suppressor.text("alarm"),
            "ActionsSuppressorWaitPeriod": int(suppressor.number("waitPeriod")),
            "ActionsSuppressorExtensionPeriod": int(suppressor.number("extensionPeriod")),
        }
    tags = tag_list(inputs.mapping("tags"))
    aws.call(
        "cloudwatch",
        "put_composite_alarm",
        AlarmName=name,
        **chosen(inputs, *ALARM, renamed=RENAMED),
        **suppressed,
        **({"Tags": tags} if tags else {}),
    )
    return Created(id=name)


def _read(aws: Aws, it: Existing) -> Outputs | None:
    answer = aws.call("cloudwatch", "describe_alarms", AlarmNames=[it.id], AlarmTypes=["CompositeAlarm"])
    alarm = found(answer, "CompositeAlarms")
    suppressor = {}
    if alarm.has("ActionsSuppressor"):
        suppressor = {
            "actionsSuppressor": {
                "alarm": alarm.text("ActionsSuppressor"),
                "waitPeriod": alarm.number("ActionsSuppressorWaitPeriod"),
                "extensionPeriod": alarm.number("ActionsSuppressorExtensionPeriod"),
            }
        }
    return {
        **seen(alarm, *ALARM, renamed=RENAMED),
        **suppressor,
        "alarmName": it.id,
        "arn": alarm.text("AlarmArn"),
        # The emulator keeps no tags of composite alarms.
        "tags": it.state.mapping("tags"),
    }


def _update(aws: Aws, _it: Existing, change: Change) -> None:
    _put(aws, change.inputs)


def _delete(aws: Aws, it: Existing) -> None:
    aws.call("cloudwatch", "delete_alarms", AlarmNames=[it.id])


TYPES: Types = {
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": ResourceType(
        create=_put,
        read=_read,
        update=_update,
        delete=_delete,
        checks=(required("alarmName", "alarmRule"),),
        name_limit=LONGEST_NAME,
    ),
}
