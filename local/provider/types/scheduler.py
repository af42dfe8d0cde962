"""EventBridge Scheduler: schedules."""

import re
from collections.abc import Iterator

from local import rates
from local.provider.types.aws import Aws
from local.provider.types.checks import one_of, required
from local.provider.types.props import Props
from local.provider.types.resource import (
    Change,
    CheckFailure,
    Created,
    Existing,
    Outputs,
    ResourceType,
    Types,
)
from local.provider.types.spelling import camel, pascal

CRON = re.compile(r"cron\(\S+( \S+){5}\)")
AT = re.compile(r"at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)")
WINDOW_MINUTES = range(1, 1441)


def _create(aws: Aws, new: Props) -> Created:
    group, name = new.text("groupName"), new.text("name")
    action = new.maybe_text("actionAfterCompletion")
    aws.call(
        "scheduler",
        "create_schedule",
        Name=name,
        GroupName=group,
        ActionAfterCompletion=action,
        **_settings(new),
    )
    return Created(id=f"{group}/{name}")


def _settings(new: Props) -> dict[str, object]:
    return {
        "Description": new.maybe_text("description") or None,
        "EndDate": new.maybe_text("endDate"),
        "FlexibleTimeWindow": pascal(dict(new.block("flexibleTimeWindow"))),
        "KmsKeyArn": new.maybe_text("kmsKeyArn"),
        "ScheduleExpression": new.text("scheduleExpression"),
        "ScheduleExpressionTimezone": new.maybe_text("scheduleExpressionTimezone"),
        "StartDate": new.maybe_text("startDate"),
        "State": new.text("state"),
        "Target": pascal(dict(new.block("target"))),
    }


def _read(aws: Aws, it: Existing) -> Outputs | None:
    group, name = it.id.split("/", 1)
    found = aws.call("scheduler", "get_schedule", Name=name, GroupName=group)
    return {
        "name": name,
        "groupName": group,
        "arn": found.text("Arn"),
        "description": found.maybe_text("Description") or "",
        "flexibleTimeWindow": camel(dict(found.block("FlexibleTimeWindow"))),
        "kmsKeyArn": found.maybe_text("KmsKeyArn"),
        "scheduleExpression": found.text("ScheduleExpression"),
        "scheduleExpressionTimezone": found.maybe_text("ScheduleExpressionTimezone") or "UTC",
        "state": found.maybe_text("State") or "ENABLED",  # as the API takes it where none is given
        "target": camel(dict(found.block("Target"))),
    }


def _update(aws: Aws, it: Existing, change: Change) -> None:
    group, name = it.id.split("/", 1)
    aws.call("scheduler", "update_schedule", Name=name, GroupName=group, **_settings(change.inputs))


def _delete(aws: Aws, it: Existing) -> None:
    group, name = it.id.split("/", 1)
    aws.call("scheduler", "delete_schedule", Name=name, GroupName=group)


def _expression(inputs: Props) -> Iterator[CheckFailure]:
    given = inputs.text("scheduleExpression")
    if rates.is_rate(given):
        try:
            rates.period_s(given)
        except rates.RateError as error:
            yield CheckFailure(property="scheduleExpression", reason=str(error))
    elif not (CRON.fullmatch(given) or AT.fullmatch(given)):
        reason = (
            f"{given!r} is no schedule; use rate(5 minutes), cron(0 12 * * ? *) or at(2030-01-31T12:00:00)"
        )
        yield CheckFailure(property="scheduleExpression", reason=reason)


def _window(inputs: Props) -> Iterator[CheckFailure]:
    block = inputs.block("flexibleTimeWindow")
    mode, minutes = block.maybe_text("mode"), block.maybe_number("maximumWindowInMinutes")
    if mode not in {"OFF", "FLEXIBLE"}:
        yield CheckFailure(
            property="flexibleTimeWindow.mode", reason=f"{mode!r} is not allowed; use OFF or FLEXIBLE"
        )
    if (mode == "FLEXIBLE") != (minutes in WINDOW_MINUTES):
        reason = "a window of 1 to 1440 minutes goes with FLEXIBLE, and with nothing else"
        yield CheckFailure(property="flexibleTimeWindow.maximumWindowInMinutes", reason=reason)


def _target(inputs: Props) -> Iterator[CheckFailure]:
    block = inputs.block("target")
    for key in ("arn", "roleArn"):
        if not block.has(key):
            yield CheckFailure(property=f"target.{key}", reason="is required and was not given")
    if ":lambda:" in (block.maybe_text("arn") or ""):
        block.json("input")  # a Lambda target takes nothing but JSON


TYPES: Types = {
    "aws:scheduler/schedule:Schedule": ResourceType(
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        checks=(
            required("flexibleTimeWindow", "scheduleExpression", "target"),
            one_of("state", ("ENABLED", "DISABLED")),
            _expression,
            _window,
            _target,
        ),
        autoname="name",
        name_limit=64,
        taggable=False,
        defaults={"groupName": "default", "state": "ENABLED", "scheduleExpressionTimezone": "UTC"},
    ),
}
