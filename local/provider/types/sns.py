"""SNS topics, their policies and subscriptions."""

import json
import re
from collections.abc import Iterator

from local.provider.types.attributes import Attribute, Attributes, changed, given, seen
from local.provider.types.aws import Aws
from local.provider.types.checks import json_text, one_of, required
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

TOPIC: Attributes = {
    "contentBasedDeduplication": Attribute(api="ContentBasedDeduplication", readable=False),
    "deliveryPolicy": Attribute(api="DeliveryPolicy", readable=False),
    "displayName": Attribute(api="DisplayName"),
    "fifoTopic": Attribute(api="FifoTopic", kind="flag"),
    "kmsMasterKeyId": Attribute(api="KmsMasterKeyId"),
    "policy": Attribute(api="Policy", shared=True),
    "signatureVersion": Attribute(api="SignatureVersion", readable=False),
    "tracingConfig": Attribute(api="TracingConfig", readable=False),
}
SUBSCRIPTION: Attributes = {
    "deliveryPolicy": Attribute(api="DeliveryPolicy", unset="{}", readable=False),
    "filterPolicy": Attribute(api="FilterPolicy", unset="{}"),
    "filterPolicyScope": Attribute(api="FilterPolicyScope", unset="{}", readable=False),
    "rawMessageDelivery": Attribute(api="RawMessageDelivery", kind="flag", unset="false"),
    "redrivePolicy": Attribute(api="RedrivePolicy", unset="{}"),
    "subscriptionRoleArn": Attribute(api="SubscriptionRoleArn", unset="{}", readable=False),
}
PROTOCOLS = ("application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs")
NAME = re.compile(r"[A-Za-z0-9_-]{1,256}|[A-Za-z0-9_-]{1,251}\.fifo")


def _create(aws: Aws, new: Props) -> Created:
    attributes, tags = given(TOPIC, new), tag_list(new.mapping("tags"))
    answer = aws.call("sns", "create_topic", Name=new.text("name"), Attributes=attributes, Tags=tags)
    return Created(id=answer.text("TopicArn"))


def _read(aws: Aws, it: Existing) -> Outputs | None:
    found = aws.call("sns", "get_topic_attributes", TopicArn=it.id).block("Attributes")
    return {
        **seen(TOPIC, it.state, found),
        "name": it.id.rsplit(":", 1)[1],
        "arn": it.id,
        "owner": found.text("Owner"),
        "tags": tag_mapping(aws.call("sns", "list_tags_for_resource", ResourceArn=it.id).blocks("Tags")),
    }


def _update(aws: Aws, it: Existing, change: Change) -> None:
    for name, value in changed(TOPIC, change).items():
        aws.call("sns", "set_topic_attributes", TopicArn=it.id, AttributeName=name, AttributeValue=value)
    if change.touches("tags"):
        if gone := removed_tags(it, change):
            aws.call("sns", "untag_resource", ResourceArn=it.id, TagKeys=gone)
        if tags := tag_list(change.inputs.mapping("tags")):
            aws.call("sns", "tag_resource", ResourceArn=it.id, Tags=tags)


def _delete(aws: Aws, it: Existing) -> None:
    aws.call("sns", "delete_topic", TopicArn=it.id)


def _put_policy(aws: Aws, new: Props) -> Created:
    arn, policy = new.text("arn"), new.text("policy")
    aws.call("sns", "set_topic_attributes", TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    return Created(id=arn)


def _read_policy(aws: Aws, it: Existing) -> Outputs | None:
    found = aws.call("sns", "get_topic_attributes", TopicArn=it.id).block("Attributes")
    return {"arn": it.id, "policy": found.text("Policy"), "owner": found.text("Owner")}


def _update_policy(aws: Aws, _it: Existing, change: Change) -> None:
    _put_policy(aws, change.inputs)


def _delete_policy(aws: Aws, it: Existing) -> None:
    """Put the policy back that every topic begins with: its owner may do everything."""
    statement = {"Effect": "Allow", "Principal": {"AWS": aws.account}, "Action": "SNS:*", "Resource": it.id}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.call("sns", "set_topic_attributes", TopicArn=it.id, AttributeName="Policy", AttributeValue=policy)


def _subscribe(aws: Aws, new: Props) -> Created:
    answer = aws.call(
        "sns",
        "subscribe",
        TopicArn=new.text("topic"),
        Protocol=new.text("protocol"),
        Endpoint=new.text("endpoint"),
        Attributes=given(SUBSCRIPTION, new),
        ReturnSubscriptionArn=True,
    )
    return Created(id=answer.text("SubscriptionArn"))


def _read_subscription(aws: Aws, it: Existing) -> Outputs | None:
    found = aws.call("sns", "get_subscription_attributes", SubscriptionArn=it.id).block("Attributes")
    return {
        "arn": it.id,
        "topic": found.text("TopicArn"),
        "protocol": found.text("Protocol"),
        "endpoint": found.text("Endpoint"),
        "ownerId": found.maybe_text("Owner") or "",
        "pendingConfirmation": found.flag("PendingConfirmation"),
        **seen(SUBSCRIPTION, it.state, found),
    }


def _update_subscription(aws: Aws, it: Existing, change: Change) -> None:
    for name, value in changed(SUBSCRIPTION, change).items():
        named = {"SubscriptionArn": it.id, "AttributeName": name}
        aws.call("sns", "set_subscription_attributes", **named, AttributeValue=value)


def _unsubscribe(aws: Aws, it: Existing) -> None:
    aws.call("sns", "unsubscribe", SubscriptionArn=it.id)


def _well_named(inputs: Props) -> Iterator[CheckFailure]:
    name = inputs.maybe_text("name")
    if name is not None and not NAME.fullmatch(name):
        reason = (
            f"{name!r} is not a topic name; 1 to 256 letters, digits, hyphens and underscores are allowed"
        )
        yield CheckFailure(property="name", reason=reason)
    if name is not None and inputs.flag("fifoTopic") != name.endswith(".fifo"):
        reason = f"{name!r}: the name of a FIFO topic, and of no other, ends in .fifo"
        yield CheckFailure(property="name", reason=reason)


def _endpoint_fits(inputs: Props) -> Iterator[CheckFailure]:
    protocol, endpoint = inputs.text("protocol"), inputs.text("endpoint")
    beginnings = {"http": "http://", "https": "https://", "sqs": "arn:", "lambda": "arn:", "firehose": "arn:"}
    if not endpoint.startswith(beginnings.get(protocol, "")) or (
        protocol.startswith("email") and "@" not in endpoint
    ):
        yield CheckFailure(property="endpoint", reason=f"{endpoint!r} is no endpoint for {protocol}")


TYPES: Types = {
    "aws:sns/topic:Topic": ResourceType(
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        checks=(_well_named, json_text("policy"), json_text("deliveryPolicy")),
        autoname="name",
        name_limit=256,
        name_suffix=lambda inputs: ".fifo" if inputs.get("fifoTopic") is True else "",
    ),
    "aws:sns/topicPolicy:TopicPolicy": ResourceType(
        create=_put_policy,
        read=_read_policy,
        update=_update_policy,
        delete=_delete_policy,
        checks=(required("arn", "policy"), json_text("policy")),
        taggable=False,
    ),
    "aws:sns/topicSubscription:TopicSubscription": ResourceType(
        create=_subscribe,
        read=_read_subscription,
        update=_update_subscription,
        delete=_unsubscribe,
        checks=(
            required("endpoint", "protocol", "topic"),
            one_of("protocol", PROTOCOLS),
            json_text("filterPolicy"),
            json_text("redrivePolicy"),
            _endpoint_fits,
        ),
        defaults={"rawMessageDelivery": False},
        taggable=False,
    ),
}
