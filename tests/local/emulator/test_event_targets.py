"""Event rules reach topics, in the words of their transformer."""

import json
from collections.abc import Callable
from typing import Any

import pytest

DETAIL = {"eventName": "SERVICE_DEPLOYMENT_FAILED", "reason": 'the task said "no" and ended'}
TEMPLATE = '{"AlarmName": "api", "NewStateReason": <reason>, "StateChangeTime": <time>}'


@pytest.fixture
def heard(client: Callable[[str], Any], unique: str) -> Callable[[], list[dict[str, Any]]]:
    """What a queue that listens to a topic has got; a rule sends failed deployments to the topic."""
    sqs, sns, events = client("sqs"), client("sns"), client("events")
    queue = sqs.create_queue(QueueName=unique)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    topic = sns.create_topic(Name=unique)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=attributes["QueueArn"])
    pattern = {
        "source": ["aws.ecs"],
        "resources": [f"service/{unique}"],
        "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
    }
    paths = {"reason": "$.detail.reason", "time": "$.time"}
    transformer = {"InputPathsMap": paths, "InputTemplate": TEMPLATE}
    events.put_rule(Name=unique, EventPattern=json.dumps(pattern))
    target = {"Id": "alarms", "Arn": topic, "InputTransformer": transformer}
    events.put_targets(Rule=unique, Targets=[target])

    def messages() -> list[dict[str, Any]]:
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(json.loads(one["Body"])["Message"]) for one in found]

    return messages


def put(client: Callable[[str], Any], service: str, **changes: str) -> None:
    client("events").put_events(
        Entries=[
            {
                "Source": "aws.ecs",
                "DetailType": "ECS Deployment State Change",
                "Resources": [f"service/{service}"],
                "Detail": json.dumps({**DETAIL, **changes}),
            }
        ]
    )


def test_an_event_reaches_the_topic_with_its_reason_whatever_signs_are_in_it(
    client: Callable[[str], Any], unique: str, heard: Callable[[], list[dict[str, Any]]]
) -> None:
    put(client, unique)
    (message,) = heard()
    assert message["AlarmName"] == "api"
    assert message["NewStateReason"] == 'the task said "no" and ended'
    assert message["StateChangeTime"].endswith("Z")


@pytest.mark.parametrize(
    ("service", "changes"),
    [("another", {}), ("", {"eventName": "SERVICE_DEPLOYMENT_COMPLETED"})],
    ids=["of another service", "of another kind"],
)
def test_an_event_reaches_no_topic(
    client: Callable[[str], Any],
    unique: str,
    heard: Callable[[], list[dict[str, Any]]],
    service: str,
    changes: dict[str, str],
) -> None:
    put(client, service or unique, **changes)
    assert heard() == []


@pytest.mark.parametrize(
    "policy", [{"Service": "cloudwatch.amazonaws.com"}, None], ids=["refuses", "is gone"]
)
def test_an_event_for_a_topic_that_refuses_it_or_is_gone_is_counted(
    client: Callable[[str], Any],
    unique: str,
    heard: Callable[[], list[dict[str, Any]]],
    policy: dict[str, str] | None,
) -> None:
    (topic,) = [one["TopicArn"] for one in client("sns").list_topics()["Topics"] if unique in one["TopicArn"]]
    if policy:
        statement = {"Effect": "Allow", "Principal": policy, "Action": "sns:Publish", "Resource": topic}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=document)
    else:
        client("sns").delete_topic(TopicArn=topic)
    put(client, unique)
    assert heard() == []
    (metric,) = client("cloudwatch").list_metrics(
        Namespace="AWS/Events", Dimensions=[{"Name": "RuleName", "Value": unique}]
    )["Metrics"]
    assert metric["MetricName"] == "FailedInvocations"
