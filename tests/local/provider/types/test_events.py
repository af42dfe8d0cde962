"""Event rules and their targets, against moto."""

import json

import pytest

RULE, TARGET = "aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget"
FAILED = {
    "name": "failed",
    "description": "why it rings",
    "eventPattern": json.dumps({"source": ["aws.ecs"], "detail": {"eventName": ["FAILED"]}}),
}
TOPIC = "arn:aws:sns:eu-central-1:123456789012:alarms"
TO_TOPIC = {
    "rule": "failed",
    "targetId": "alarms",
    "arn": TOPIC,
    "inputTransformer": {
        "inputPaths": {"reason": "$.detail.reason"},
        "inputTemplate": '{"NewStateReason": <reason>}',
    },
}


def test_a_rule_is_created_and_is_gone_once_deleted(stack):
    rule = stack.create(RULE, FAILED)
    assert rule.id == "failed"
    assert rule.outputs["arn"] == "arn:aws:events:eu-central-1:123456789012:rule/failed"
    stack.delete(rule)


@pytest.mark.parametrize(
    "change",
    [
        {"description": "another"},
        {"state": "DISABLED"},
        {"eventPattern": json.dumps({"source": ["aws.autoscaling"]})},
        {"tags": {"Owner": "video"}},
    ],
    ids=str,
)
def test_a_rule_is_changed_in_place(stack, change):
    stack.update(stack.create(RULE, FAILED), **change)


def test_a_rule_of_another_name_is_another_rule(stack):
    assert stack.replaces(stack.create(RULE, FAILED), name="lost")


def test_a_rule_switched_off_by_hand_is_drift(stack):
    rule = stack.create(RULE, FAILED)
    stack.aws.call("events", "disable_rule", Name="failed")
    assert stack.drift(rule) == {"state": "DISABLED"}


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"eventPattern": None}, "eventPattern"),
        ({"scheduleExpression": "rate(1 minute)"}, "eventPattern"),
        ({"state": "ON"}, "state"),
        ({"name": "a name"}, "name"),
        ({"name": "n" * 65}, "name"),
    ],
    ids=["matches nothing", "matches and ticks", "state", "name", "long name"],
)
def test_a_rule_that_aws_would_refuse_is_refused(stack, changes, at):
    assert at in stack.refusals(RULE, {**FAILED, **changes})


def test_a_target_is_created_changed_and_is_gone_once_deleted(stack):
    stack.create(RULE, FAILED)
    target = stack.create(TARGET, TO_TOPIC)
    changed = {**TO_TOPIC["inputTransformer"], "inputTemplate": '{"Reason": <reason>}'}
    stack.update(target, inputTransformer=changed)
    stack.update(target, arn=f"{TOPIC}-2")
    stack.delete(target)


def test_a_target_of_another_rule_is_another_target(stack):
    stack.create(RULE, FAILED)
    assert stack.replaces(stack.create(TARGET, TO_TOPIC), rule="lost")
