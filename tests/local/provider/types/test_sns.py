"""Topics, their policies and subscriptions, against moto."""

import json

import pytest

TOPIC = "aws:sns/topic:Topic"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
STATEMENT = {"Sid": "s", "Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*"}
POLICY = {"Version": "2012-10-17", "Statement": [STATEMENT]}


@pytest.fixture
def topic(stack):
    return stack.create(
        TOPIC, {"name": "alarms", "kmsMasterKeyId": "alias/aws/sns", "tags": {"Project": "p"}}
    )


def test_a_topic_is_changed_in_place_and_is_gone_once_deleted(stack, topic):
    assert topic.id == topic.outputs["arn"] == "arn:aws:sns:eu-central-1:123456789012:alarms"
    topic = stack.update(topic, displayName="Alarms", tags={"Owner": "o"})
    stack.delete(topic)


def test_a_name_for_display_changed_by_hand_is_drift(stack):
    topic = stack.create(TOPIC, {"name": "alarms", "displayName": "Alarms"})
    stack.aws.call(
        "sns", "set_topic_attributes", TopicArn=topic.id, AttributeName="DisplayName", AttributeValue="x"
    )
    assert stack.drift(topic) == {"displayName": "x"}


def test_a_policy_of_a_topic_is_set_and_changed(stack, topic):
    policy = stack.create("aws:sns/topicPolicy:TopicPolicy", {"arn": topic.id, "policy": json.dumps(POLICY)})
    policy = stack.update(policy, policy=json.dumps({**POLICY, "Id": "x"}))

    stack.operations.delete(policy.urn, policy.id, policy.outputs)

    assert stack.drift(policy).keys() == {"policy"}


def test_a_subscription_is_changed_in_place_and_is_gone_once_deleted(stack, topic):
    queue = stack.create("aws:sqs/queue:Queue", {"name": "inbox"})
    given = {"topic": topic.id, "protocol": "sqs", "endpoint": queue.outputs["arn"]}
    subscription = stack.create(SUBSCRIPTION, given)

    subscription = stack.update(subscription, rawMessageDelivery=True)
    subscription = stack.update(subscription, filterPolicy=json.dumps({"kind": ["alarm"]}))
    assert stack.replaces(subscription, protocol="https", endpoint="https://example.com")
    stack.delete(subscription)


@pytest.mark.parametrize(
    ("token", "inputs", "key", "reason"),
    [
        (TOPIC, {"name": "with space"}, "name", "not a topic name"),
        (TOPIC, {"name": "a.fifo"}, "name", "of a FIFO topic"),
        (SUBSCRIPTION, {"topic": "t", "protocol": "fax", "endpoint": "1"}, "protocol", "not allowed"),
        (
            SUBSCRIPTION,
            {"topic": "t", "protocol": "email", "endpoint": "me"},
            "endpoint",
            "no endpoint for email",
        ),
        (
            SUBSCRIPTION,
            {"topic": "t", "protocol": "sqs", "endpoint": "inbox"},
            "endpoint",
            "no endpoint for sqs",
        ),
        ("aws:sns/topicPolicy:TopicPolicy", {"arn": "t", "policy": "{"}, "policy", "JSON"),
    ],
)
def test_what_sns_refuses_is_refused(stack, token, inputs, key, reason):
    assert reason in stack.refusals(token, inputs)[key]
