"""Queues and their policies, against moto."""

import json

import pytest

QUEUE, QUEUE_POLICY = "aws:sqs/queue:Queue", "aws:sqs/queuePolicy:QueuePolicy"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": "s", "Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    ],
}


@pytest.fixture
def dead(stack):
    return stack.create(QUEUE, {"name": "dead"})


def redrive(queue, count=3):
    return json.dumps({"deadLetterTargetArn": queue.outputs["arn"], "maxReceiveCount": count})


def test_a_queue_has_all_that_it_was_given_and_is_gone_once_deleted(stack, dead):
    given = {
        "visibilityTimeoutSeconds": 60,
        "messageRetentionSeconds": 1_209_600,
        "receiveWaitTimeSeconds": 20,
        "sqsManagedSseEnabled": True,
        "redrivePolicy": redrive(dead),
        "tags": {"Project": "p"},
    }
    queue = stack.create(QUEUE, given, name="renders")

    assert queue.outputs["arn"] == f"arn:aws:sqs:eu-central-1:123456789012:{queue.outputs['name']}"
    assert queue.id == queue.outputs["url"]
    stack.delete(queue)


@pytest.mark.parametrize(
    "change",
    [
        {"visibilityTimeoutSeconds": 90},
        {"messageRetentionSeconds": 3600, "delaySeconds": 5},
        {"tags": {"b": "2"}},
        {"policy": json.dumps(POLICY)},
        {"kmsMasterKeyId": "alias/aws/sqs"},
    ],
    ids=str,
)
def test_a_queue_is_changed_in_place(stack, change):
    stack.update(stack.create(QUEUE, {"name": "renders", "tags": {"a": "1"}}), **change)


def test_a_timeout_changed_by_hand_is_drift(stack):
    queue = stack.create(QUEUE, {"name": "renders", "visibilityTimeoutSeconds": 60})
    stack.aws.call("sqs", "set_queue_attributes", QueueUrl=queue.id, Attributes={"VisibilityTimeout": "5"})

    assert stack.drift(queue) == {"visibilityTimeoutSeconds": 5}


def test_a_fifo_queue_gets_a_fifo_name_and_cannot_become_another(stack):
    queue = stack.create(QUEUE, {"fifoQueue": True, "contentBasedDeduplication": True})

    assert str(queue.outputs["name"]).endswith(".fifo")
    assert stack.replaces(queue, fifoQueue=False)


def test_a_policy_set_apart_from_the_queue_outlives_changes_of_the_queue(stack, dead):
    queue = stack.create(QUEUE, {"name": "renders"})
    policy = stack.create(QUEUE_POLICY, {"queueUrl": queue.id, "policy": json.dumps(POLICY)})

    stack.update(queue, visibilityTimeoutSeconds=99, redrivePolicy=redrive(dead))

    assert stack.drift(policy) == {}
    stack.delete(stack.update(policy, policy=json.dumps({**POLICY, "Id": "x"})))


def test_a_policy_removed_by_hand_is_gone(stack):
    queue = stack.create(QUEUE, {"name": "renders"})
    policy = stack.create(QUEUE_POLICY, {"queueUrl": queue.id, "policy": json.dumps(POLICY)})
    stack.aws.call("sqs", "set_queue_attributes", QueueUrl=queue.id, Attributes={"Policy": ""})

    assert stack.read(policy).id == ""


@pytest.mark.parametrize(
    ("inputs", "key", "reason"),
    [
        ({"name": "a" * 81}, "name", "80"),
        ({"name": "with space"}, "name", "not a queue name"),
        ({"name": "renders.fifo"}, "name", "of a FIFO queue"),
        ({"name": "renders", "fifoQueue": True}, "name", "ends in .fifo"),
        ({"contentBasedDeduplication": True}, "contentBasedDeduplication", "FIFO"),
        ({"visibilityTimeoutSeconds": 43_201}, "visibilityTimeoutSeconds", "0 to 43200"),
        ({"messageRetentionSeconds": 59}, "messageRetentionSeconds", "60 to"),
        ({"receiveWaitTimeSeconds": 21}, "receiveWaitTimeSeconds", "0 to 20"),
        ({"sqsManagedSseEnabled": True, "kmsMasterKeyId": "k"}, "kmsMasterKeyId", "one of the two"),
        ({"redrivePolicy": '{"maxReceiveCount": 3}'}, "redrivePolicy", "deadLetterTargetArn"),
        (
            {"redrivePolicy": '{"deadLetterTargetArn": "a", "maxReceiveCount": 0}'},
            "redrivePolicy",
            "1 to 1000",
        ),
        ({"policy": "{oops"}, "policy", "JSON"),
    ],
)
def test_a_queue_that_sqs_refuses_is_refused(stack, inputs, key, reason):
    assert reason in stack.refusals(QUEUE, inputs)[key]
