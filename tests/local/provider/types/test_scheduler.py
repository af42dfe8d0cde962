"""Schedules and their groups, against moto."""

import pytest

SCHEDULE = "aws:scheduler/schedule:Schedule"
EVERY_MINUTE = {
    "name": "tick",
    "scheduleExpression": "rate(1 minute)",
    "flexibleTimeWindow": {"mode": "OFF"},
    "target": {
        "arn": "arn:aws:lambda:eu-central-1:123456789012:function:scaler",
        "roleArn": "arn:aws:iam::123456789012:role/r",
        "input": "{}",
        "retryPolicy": {"maximumRetryAttempts": 0, "maximumEventAgeInSeconds": 60},
    },
}


def test_a_schedule_is_created_and_is_gone_once_deleted(stack):
    schedule = stack.create(SCHEDULE, EVERY_MINUTE)

    assert schedule.id == "default/tick"
    assert schedule.outputs["arn"] == "arn:aws:scheduler:eu-central-1:123456789012:schedule/default/tick"
    stack.delete(schedule)


@pytest.mark.parametrize(
    "change",
    [
        {"scheduleExpression": "rate(2 minutes)"},
        {"state": "DISABLED"},
        {"description": "why it runs"},
        {"flexibleTimeWindow": {"mode": "FLEXIBLE", "maximumWindowInMinutes": 5}},
        {"target": {**EVERY_MINUTE["target"], "input": '{"a": 1}'}},
    ],
    ids=str,
)
def test_a_schedule_is_changed_in_place(stack, change):
    stack.update(stack.create(SCHEDULE, EVERY_MINUTE), **change)


def test_a_schedule_switched_off_by_hand_is_drift(stack):
    schedule = stack.create(SCHEDULE, EVERY_MINUTE)
    target = {"Arn": EVERY_MINUTE["target"]["arn"], "RoleArn": EVERY_MINUTE["target"]["roleArn"]}
    stack.aws.call(
        "scheduler",
        "update_schedule",
        Name="tick",
        ScheduleExpression="rate(1 hour)",
        FlexibleTimeWindow={"Mode": "OFF"},
        State="DISABLED",
        Target=target,
    )

    assert stack.drift(schedule).keys() == {"scheduleExpression", "state", "target"}


def test_a_schedule_changed_by_hand_without_a_word_of_its_state_is_enabled(stack):
    schedule = stack.create(SCHEDULE, EVERY_MINUTE)
    stack.aws.call(
        "scheduler",
        "update_schedule",
        Name="tick",
        ScheduleExpression="rate(1 hour)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": EVERY_MINUTE["target"]["arn"], "RoleArn": EVERY_MINUTE["target"]["roleArn"]},
    )

    assert stack.read(schedule).outputs["state"] == "ENABLED"


@pytest.mark.parametrize(
    "expression", ["rate(5 minutes)", "rate(1 hour)", "cron(0 12 * * ? *)", "at(2030-01-31T12:00:00)"]
)
def test_an_expression_that_the_scheduler_takes_passes(stack, expression):
    assert stack.refusals(SCHEDULE, EVERY_MINUTE | {"scheduleExpression": expression}) == {}


@pytest.mark.parametrize(
    ("change", "key", "reason"),
    [
        ({"scheduleExpression": "rate(1 minutes)"}, "scheduleExpression", "1 goes with minute"),
        ({"scheduleExpression": "rate(5 minute)"}, "scheduleExpression", "1 goes with minute"),
        ({"scheduleExpression": "rate(0 minutes)"}, "scheduleExpression", "at least 1"),
        ({"scheduleExpression": "every minute"}, "scheduleExpression", "is no schedule"),
        ({"scheduleExpression": "cron(0 12 * * ?)"}, "scheduleExpression", "is no schedule"),
        ({"flexibleTimeWindow": {"mode": "ON"}}, "flexibleTimeWindow.mode", "OFF or FLEXIBLE"),
        ({"flexibleTimeWindow": {"mode": "FLEXIBLE"}}, "flexibleTimeWindow.maximumWindowInMinutes", "1440"),
        ({"target": {"arn": "arn:x"}}, "target.roleArn", "required"),
        ({"target": {**EVERY_MINUTE["target"], "input": "text"}}, "input", "JSON"),
        ({"state": "ON"}, "state", "not allowed"),
        ({"name": "n" * 65}, "name", "65 characters"),
    ],
)
def test_a_schedule_that_the_scheduler_refuses_is_refused(stack, change, key, reason):
    assert reason in stack.refusals(SCHEDULE, EVERY_MINUTE | change)[key]
